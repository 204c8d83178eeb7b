package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"braid/cmd/internal/term"
	"braid/run"
)

// sentences returns the sentences of the status.
func (w why) sentences() []string {
	switch w.Phase {
	case run.PhaseFinished:
		return w.finished()
	case run.PhaseRunning:
		return append([]string{fmt.Sprintf("%s is running: %s%s.", w.Dir, w.writer(), w.begun())}, w.progress()...)
	case run.PhaseWaiting:
		text := fmt.Sprintf("%s is waiting: %s.", w.Dir, w.Message)
		if !w.Since.IsZero() {
			text = fmt.Sprintf("%s has been waiting since %s (%s): %s.", w.Dir, w.clock(w.Since),
				term.Span(w.now.Sub(w.Since)), w.Message)
		}
		return append([]string{text, fmt.Sprintf("%s%s.", upper(w.writer()), w.begun())}, w.progress()...)
	case run.PhaseStopped:
		return []string{fmt.Sprintf("%s was stopped after step %s, %s: %s.", w.Dir, w.stepOf(), w.at(w.Ended), w.Message),
			w.newest()}
	case run.PhaseFailed:
		return []string{fmt.Sprintf("%s failed after step %s, %s: %s.", w.Dir, w.stepOf(), w.at(w.Ended), w.Message),
			w.newest()}
	}
	return w.died()
}

func (w why) finished() []string {
	s := w.Summary
	text := []string{fmt.Sprintf("%s is finished: %s in %s, %s tokens/s, model_sha256 %s.", w.Dir,
		term.Counted(s.Steps, "step"), term.Time(s.Seconds), term.Count(uint64(s.TokensPerSecond)), s.ModelSHA256)}
	if s.Stopped == "patience" {
		text = append(text, "It stopped early, because dev did not improve.")
	}
	if s.Best.Step > 0 {
		text = append(text, fmt.Sprintf("Best on dev at step %s (%.4f).", term.Count(s.Best.Step), s.Best.Score))
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
		text = append(text, "Scores: "+strings.Join(scores, "; ")+".")
	}
	return append(text, fmt.Sprintf("The model is in %s.", filepath.Join(w.Dir, run.ModelDir)))
}

// progress describes the progress of a running training and the time at which it will end.
func (w why) progress() []string {
	if w.Step == 0 {
		return []string{"No step is done yet."}
	}
	text := fmt.Sprintf("Step %s is done, %s", w.stepOf(), ago(w.now.Sub(w.Seen)))
	if w.TokensPerSecond > 0 {
		text += fmt.Sprintf("; %s tokens/s, %.1f ms a step", term.Count(uint64(w.TokensPerSecond)), 1000*w.StepSeconds)
	}
	switch {
	case w.Steps > 0 && w.Step >= w.Steps:
		text += "; only scoring remains"
	case w.Steps > 0 && w.StepSeconds > 0 && w.Phase == run.PhaseRunning:
		left := time.Duration(float64(w.Steps-w.Step) * w.StepSeconds * float64(time.Second))
		text += fmt.Sprintf("; the last step is due in %s, at %s, without evaluations", term.Span(left),
			w.clock(w.now.Add(left)))
	}
	all := []string{text + "."}
	if w.Best.Step > 0 {
		all = append(all, fmt.Sprintf("Best on dev so far %.4f, at step %s.", w.Best.Score, term.Count(w.Best.Step)))
	}
	return append(all, w.newest())
}

func (w why) died() []string {
	if w.Began.IsZero() && w.Step == 0 {
		return []string{fmt.Sprintf("%s was created, but no training has begun in it%s.", w.Dir, w.doubt())}
	}
	text := []string{fmt.Sprintf("%s died: no process writes it, and its journal does not record an end%s.", w.Dir,
		w.doubt())}
	if w.Message != "" {
		text = append(text, fmt.Sprintf("Its last message: %s.", w.Message))
	}
	text = append(text, fmt.Sprintf("The last known step is %s, %s.", w.stepOf(), w.at(w.Seen)), w.newest())
	if again := w.Step - w.Checkpoint; w.Checkpoint > 0 && again > 0 {
		text = append(text, fmt.Sprintf("A resume repeats %s.", term.Counted(again, "step")))
	}
	return text
}

// doubt returns why the holder of the lock is unknown; "" if it is known.
func (w why) doubt() string {
	if w.LockError == "" {
		return ""
	}
	return fmt.Sprintf(" (it is unknown whether a process writes it: %s)", w.LockError)
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
		return " and is starting"
	}
	return " since " + w.clock(w.Began)
}

// stepOf formats the last step, and the number of steps if it is known.
func (w why) stepOf() string {
	if w.Steps == 0 {
		return term.Count(w.Step)
	}
	return fmt.Sprintf("%s of %s", term.Count(w.Step), term.Count(w.Steps))
}

// at formats a time: the clock, and how long ago.
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

func were(n int) string {
	if n == 1 {
		return "1 step was"
	}
	return fmt.Sprintf("%s steps were", term.Count(uint64(n)))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
