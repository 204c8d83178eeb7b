package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"braid/internal/plain"
	"braid/run"
)

type whyCommand struct {
	Dir  string `arg:"" name:"run" help:"${run}"`
	JSON bool   `help:"${json}"`
}

// Run prints the status of a run.
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
			Resume string `json:"to_go_on,omitempty"`
		}{status, w.resumeCommand()})
	}
	w.print(s.out)
	return nil
}

// why describes a status in words, at a given time.
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
		plain.Fprintf(out, "%s skipped because the loss or the gradient was not finite\n", were(w.NotFinite))
	}
	if e := w.Unsaved; e != nil && w.Phase != run.PhaseFinished {
		row, _ := e.Fields[run.FieldInARow].(float64)
		plain.Fprintf(out, "checkpoint not written at %s, %.0f in a row: %s: free space in %s\n", w.clock(e.Time),
			max(row, 1), e.Message, w.Dir)
	}
	for _, d := range w.Damage {
		plain.Fprintf(out, "damaged: %s; the status is from the readable lines\n", d)
	}
	if command := w.resumeCommand(); command != "" {
		plain.Fprintf(out, "to resume: %s\n", command)
	}
}

// resumeCommand returns the command that resumes the run; "" if there is nothing to resume. The job file of a run
// directory contains the overrides of --set.
func (w why) resumeCommand() string {
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
