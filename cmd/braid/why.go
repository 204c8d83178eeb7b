package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/run"
)

type whyCommand struct {
	Dir  string `arg:"" name:"run" help:"Run directory."`
	JSON bool   `help:"Write what is known as JSON."`
}

// Help is shown below the flags.
func (whyCommand) Help() string {
	return `Reads the run's files, takes no lock and changes nothing; the run may be under way. It says whether the
run is finished, running, waiting (for whom, since when), was stopped, failed or died without a word,
and the command that goes on.

Examples:
  braid why runs/snips
  braid why runs/snips --json | jq -r .phase`
}

// Run says what a run is doing.
func (c whyCommand) Run(s streams) error {
	status, err := run.Inspect(c.Dir)
	if err != nil {
		return err
	}
	w := why{status, time.Now()}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(struct {
			*run.Status
			ToGoOn string `json:"to_go_on,omitempty"`
		}{status, w.goOn()})
	}
	w.print(s.out)
	return nil
}

// why puts a status into words, seen from a moment.
type why struct {
	*run.Status
	now time.Time
}

func (w why) print(out io.Writer) {
	plain.Fprintln(out, strings.Join(w.sentences(), " "))
	for _, e := range w.Skipped {
		plain.Fprintf(out, "skipped at the last resume: %s\n", e.Message)
	}
	for _, e := range w.Notable {
		plain.Fprintf(out, "%s at %s: %s\n", e.Event, w.clock(e.Time), e.Message)
	}
	if w.NotFinite > 0 {
		plain.Fprintf(out, "%s not finite and not applied\n", are(w.NotFinite))
	}
	if e := w.Unsaved; e != nil && w.Phase != run.PhaseFinished {
		row, _ := e.Fields[run.FieldInARow].(float64)
		plain.Fprintf(out, "checkpoint not written at %s, %.0f in a row: %s: free space in %s\n", w.clock(e.Time), max(row, 1), e.Message, w.Dir)
	}
	for _, d := range w.Damage {
		plain.Fprintf(out, "damaged: %s; the above is from what can be read\n", d)
	}
	if command := w.goOn(); command != "" {
		plain.Fprintf(out, "to go on: %s\n", command)
	}
}

// sentences are the paragraph.
func (w why) sentences() []string {
	switch w.Phase {
	case run.PhaseFinished:
		return w.finished()
	case run.PhaseRunning:
		return append([]string{fmt.Sprintf("%s is running: %s%s.", w.Dir, w.writer(), w.begun())}, w.progress()...)
	case run.PhaseWaiting:
		said := fmt.Sprintf("%s is waiting: %s.", w.Dir, w.Message)
		if !w.Since.IsZero() {
			said = fmt.Sprintf("%s has been waiting since %s (%s): %s.", w.Dir, w.clock(w.Since), term.Span(w.now.Sub(w.Since)), w.Message)
		}
		return append([]string{said, fmt.Sprintf("%s%s.", upper(w.writer()), w.begun())}, w.progress()...)
	case run.PhaseStopped:
		return []string{fmt.Sprintf("%s was stopped after step %s, %s: %s.", w.Dir, w.stepOf(), w.at(w.Ended), w.Message), w.newest()}
	case run.PhaseFailed:
		return []string{fmt.Sprintf("%s failed after step %s, %s: %s.", w.Dir, w.stepOf(), w.at(w.Ended), w.Message), w.newest()}
	}
	return w.died()
}

func (w why) finished() []string {
	s := w.Summary
	said := []string{fmt.Sprintf("%s is finished: %s in %s, %s tokens/s, model_sha256 %s.", w.Dir,
		term.Counted(s.Steps, "step"), term.Time(s.Seconds), term.Count(uint64(s.TokensPerSecond)), s.ModelSHA256)}
	if s.Stopped == "patience" {
		said = append(said, "It stopped early, since dev did not get better.")
	}
	if s.Best.Step > 0 {
		said = append(said, fmt.Sprintf("Best on dev at step %s (%.4f).", term.Count(s.Best.Step), s.Best.Score))
	}
	var scores []string
	for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
		t := s.Tasks[name]
		head := name + " " + term.MetricLabel(t.Metric)
		score := head
		for _, split := range []struct {
			name    string
			metrics map[string]float64
		}{{"dev", t.Dev}, {"test", t.Test}} {
			if v, ok := split.metrics[t.Metric]; ok {
				score += " " + split.name + " " + term.Figure(v)
			}
		}
		if score != head {
			scores = append(scores, score)
		}
	}
	if len(scores) > 0 {
		said = append(said, "Scores: "+strings.Join(scores, "; ")+".")
	}
	return append(said, fmt.Sprintf("The model is in %s.", filepath.Join(w.Dir, run.ModelDir)))
}

// progress says how far a run is that goes on, and when it will be done.
func (w why) progress() []string {
	if w.Step == 0 {
		return []string{"No step is done yet."}
	}
	said := fmt.Sprintf("Step %s is done, %s", w.stepOf(), ago(w.now.Sub(w.Seen)))
	if w.TokensPerSecond > 0 {
		said += fmt.Sprintf("; %s tokens/s, %.1f ms a step", term.Count(uint64(w.TokensPerSecond)), 1000*w.StepSeconds)
	}
	switch {
	case w.Steps > 0 && w.Step >= w.Steps:
		said += "; what is left is scoring"
	case w.Steps > 0 && w.StepSeconds > 0 && w.Phase == run.PhaseRunning:
		left := time.Duration(float64(w.Steps-w.Step) * w.StepSeconds * float64(time.Second))
		said += fmt.Sprintf("; the last step is due in %s, at %s, evaluations not counted", term.Span(left), w.clock(w.now.Add(left)))
	}
	all := []string{said + "."}
	if w.Best.Step > 0 {
		all = append(all, fmt.Sprintf("Best on dev so far %.4f, at step %s.", w.Best.Score, term.Count(w.Best.Step)))
	}
	return append(all, w.newest())
}

func (w why) died() []string {
	if w.Began.IsZero() && w.Step == 0 {
		return []string{fmt.Sprintf("%s was made, but no training began in it%s.", w.Dir, w.doubt())}
	}
	said := []string{fmt.Sprintf("%s died without a word: no process writes it, and its journal has no end%s.", w.Dir, w.doubt())}
	if w.Message != "" {
		said = append(said, fmt.Sprintf("Its last word: %s.", w.Message))
	}
	said = append(said, fmt.Sprintf("The last step known is %s, %s.", w.stepOf(), w.at(w.Seen)), w.newest())
	if again := w.Step - w.Checkpoint; w.Checkpoint > 0 && again > 0 {
		said = append(said, fmt.Sprintf("To be computed again: %s.", term.Counted(again, "step")))
	}
	return said
}

// doubt says that the lock could not be asked.
func (w why) doubt() string {
	if w.LockError == "" {
		return ""
	}
	return fmt.Sprintf(" (whether a process writes it is not known: %s)", w.LockError)
}

func (w why) newest() string {
	if w.Checkpoint == 0 {
		return "There is no checkpoint yet."
	}
	return fmt.Sprintf("The newest checkpoint is of step %s.", term.Count(w.Checkpoint))
}

func (w why) writer() string {
	by := "a process"
	if w.PID > 0 {
		by = fmt.Sprintf("process %d", w.PID)
	}
	if w.Term > 0 {
		return fmt.Sprintf("%s leads it in term %d", by, w.Term)
	}
	return by + " writes it"
}

func (w why) begun() string {
	if w.Began.IsZero() {
		return ", and is about to begin"
	}
	return " since " + w.clock(w.Began)
}

// stepOf is the last step, and of how many if that is known.
func (w why) stepOf() string {
	if w.Steps == 0 {
		return term.Count(w.Step)
	}
	return fmt.Sprintf("%s of %s", term.Count(w.Step), term.Count(w.Steps))
}

// at is a moment for people: the clock, and how long ago.
func (w why) at(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return fmt.Sprintf("%s (%s)", w.clock(t), ago(w.now.Sub(t)))
}

func (w why) clock(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	if t.Local().Format(time.DateOnly) == w.now.Local().Format(time.DateOnly) {
		return t.Local().Format(time.TimeOnly)
	}
	return t.Local().Format(time.DateTime)
}

func ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return term.Span(d) + " ago"
}

func are(n int) string {
	if n == 1 {
		return "1 step was"
	}
	return fmt.Sprintf("%s steps were", term.Count(uint64(n)))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// goOn is the command that resumes the run; "" if there is nothing to resume. The job of a
// run directory is resolved, so it needs no other flags than the first time had.
func (w why) goOn() string {
	switch w.Phase {
	case run.PhaseFinished, run.PhaseRunning, run.PhaseWaiting:
		return ""
	}
	job, out := quote(filepath.Join(w.Dir, run.JobFile)), quote(w.Dir)
	if w.Term > 0 {
		return fmt.Sprintf("coordinator --job %s --out %s --resume, with --nats or --listen as before", job, out)
	}
	return fmt.Sprintf("braid train %s --out %s --resume", job, out)
}
