package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/study"

	"github.com/google/renameio/v2"
)

// show writes tuned.yaml and study.json and prints the table.
func (c tuneCommand) show(s streams, t *study.Tuning, r *study.TuneReport) error {
	tuned, err := t.Load(r.Trials[r.Chosen].Set)
	if err != nil {
		return err
	}
	text, err := r.JSON()
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(c.Out, studyFile), text, 0o644); err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(c.Out, tunedFile), tuned.YAML(), 0o644); err != nil {
		return err
	}
	if c.JSON {
		_, err := s.out.Write(text)
		return err
	}
	printTrials(s.out, r)
	plain.Fprintf(s.out, "\nAll figures: %s. The job: %s\n", filepath.Join(c.Out, studyFile),
		filepath.Join(c.Out, tunedFile))
	return nil
}

// printTrials prints the points in the order in which they left the search, the finalists first.
func printTrials(w io.Writer, r *study.TuneReport) {
	plain.Fprintf(w, "Scores on dev: the mean of the tasks' selection scores. Point 0 is the job as it is.\n\n")
	rows := [][]string{{"point", "1/9", "1/3", "all", "folds", "gain", "standard error", "values"}}
	for _, i := range r.Order() {
		t := r.Trials[i]
		row := []string{fmt.Sprint(t.Point)}
		for rung := range 3 {
			cell := ""
			if rung < len(t.Rungs) {
				cell = term.Figure(t.Rungs[rung])
			}
			row = append(row, cell)
		}
		if len(t.Folds) > 0 {
			row = append(row, term.Figure(t.Mean), fmt.Sprintf("%+.4f", t.Gain), fmt.Sprintf("%.4f", t.StdErr))
		} else {
			row = append(row, "", "", "")
		}
		values := strings.Join(t.Set, " ")
		if t.Diverged != "" {
			values += " (diverged)"
		}
		rows = append(rows, append(row, values))
	}
	term.Table(w, []bool{true, true, true, true, true, true, true, false}, rows)
	if r.Chosen == 0 {
		plain.Fprintf(w, "\nThe job stays as it is: no point beats it by more than one standard error.\n")
		return
	}
	plain.Fprintf(w, "\nPoint %d is better than the job by more than one standard error: %s\n", r.Chosen,
		strings.Join(r.Trials[r.Chosen].Set, " "))
}
