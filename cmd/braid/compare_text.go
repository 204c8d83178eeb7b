package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/study"

	"github.com/google/renameio/v2"
)

// show writes study.json and prints the tables, or with --json the content of study.json.
func (c compareCommand) show(s streams, r *study.Report) error {
	text, err := r.JSON()
	if err != nil {
		return err
	}
	file := filepath.Join(c.Out, studyFile)
	if err := renameio.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	if c.JSON {
		_, err := s.out.Write(text)
		return err
	}
	printReport(s.out, r)
	plain.Fprintf(s.out, "\nAll figures, with the runs: %s\n", file)
	return nil
}

func printReport(w *os.File, r *study.Report) {
	plain.Fprintf(w, "Test scores, means of %d seeds. Differences from %s with an interval of 95 %%; verdicts after "+
		"Holm's correction.\n\n", r.Seeds, r.Baseline)
	printContrasts(w, r, r.Table)
	plain.Fprintln(w)
	printStandings(w, r)
	if r.Unshared != nil {
		plain.Fprintf(w, "\nWithout test examples whose text is in another task's training data:\n\n")
		printContrasts(w, r, changedBy(r))
	}
	printGroups(w, r)
}

// changedBy returns the part of the second table whose tasks have fewer examples than in the first.
func changedBy(r *study.Report) *study.Table {
	var t study.Table
	for i, c := range r.Unshared.Contrasts {
		if c.Examples != r.Table.Contrasts[i].Examples {
			t.Contrasts = append(t.Contrasts, c)
		}
	}
	return &t
}

func printContrasts(w io.Writer, r *study.Report, t *study.Table) {
	several := len(r.Arms) > 2
	header := []string{"task", "metric", "examples", r.Baseline}
	numeric := []bool{false, false, true, true}
	if several {
		header, numeric = append(header, "arm"), append(numeric, false)
		header = append(header, "score")
	} else {
		header = append(header, r.Arms[1].Name)
	}
	header = append(header, "difference", "95 % interval", "verdict")
	numeric = append(numeric, true, true, true, false)
	rows := [][]string{header}
	for _, c := range t.Contrasts {
		row := []string{c.Task, term.MetricLabel(c.Metric), fmt.Sprint(c.Examples), term.Figure(c.Baseline)}
		if several {
			row = append(row, c.Arm)
		}
		row = append(row, term.Figure(c.Score), fmt.Sprintf("%+.4f", c.Difference),
			fmt.Sprintf("%+.4f to %+.4f", c.Low, c.High), verdictText(c))
		rows = append(rows, row)
	}
	term.Table(w, numeric, rows)
}

func verdictText(c study.Contrast) string {
	switch {
	case c.Verdict == study.NoDifference && c.Shows() == 0:
		return string(c.Verdict) + " (no test example differs)"
	case c.Verdict == study.NoDifference:
		return fmt.Sprintf("%s (up to ±%.4f)", c.Verdict, c.Shows())
	}
	return string(c.Verdict)
}

func printStandings(w io.Writer, r *study.Report) {
	rows := [][]string{{"arm", "mean gain Δm", "mean rank", "time", "model"}}
	for i, s := range r.Table.Arms {
		rows = append(rows, []string{s.Arm, fmt.Sprintf("%+.2f %%", s.DeltaM), fmt.Sprintf("%.2f", s.MeanRank),
			term.Time(r.Times[i].Seconds), fmt.Sprintf("%.1f MB", float64(r.Arms[i].Bytes)/1e6)})
	}
	term.Table(w, []bool{false, true, true, true, true}, rows)
}

// printGroups prints the groups of tasks that dev suggests. The test split has no part in them.
func printGroups(w io.Writer, r *study.Report) {
	if len(r.Groups) == 0 {
		return
	}
	plain.Fprintf(w, "\nSuggested from dev:\n")
	for _, g := range r.Groups {
		plain.Fprintf(w, "  %s: %s\n", g.Arm, strings.Join(g.Tasks, ", "))
	}
}
