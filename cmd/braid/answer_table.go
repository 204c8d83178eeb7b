package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
)

// tableWriter returns a function that writes an answer as a table.
func tableWriter(j *job.Job) func(*bytes.Buffer, *question, *model.Prediction) {
	return func(out *bytes.Buffer, q *question, p *model.Prediction) {
		if q.known {
			plain.Fprintln(out, q.text.Text)
		}
		if p == nil {
			plain.Fprintln(out, "  error", q.failure())
			return
		}
		if p.Truncated {
			plain.Fprintf(out, "  cut after %s\n", term.Counted(uint64(len(p.Words)), "word"))
		}
		var rows [][]string
		for i := range p.Tasks {
			for _, row := range answerRows(&p.Tasks[i], &j.Tasks[i]) {
				rows = append(rows, slices.Insert(row, 0, " "))
			}
		}
		term.Table(out, []bool{false, false, false, false, true, true}, rows)
	}
}

// answerRows returns the rows of an answer: task, label, text, offsets, probability.
func answerRows(a *model.TaskAnswer, t *job.Task) [][]string {
	switch kind := t.Of(); {
	case kind.Answer == job.Number:
		return [][]string{{a.Task, fmt.Sprintf("%.4g", a.Value), "", "", ""}}
	case kind.Per == job.PerText && kind.Answer == job.Class:
		return [][]string{{a.Task, a.Label, "", "", percent(a.Probabilities[a.Label])}}
	case kind.Answer == job.Set:
		if len(a.Labels) == 0 {
			return [][]string{{a.Task, "none", "", "", ""}}
		}
		var rows [][]string
		for _, l := range a.Labels {
			rows = append(rows, []string{a.Task, l, "", "", percent(a.Probabilities[l])})
		}
		return rows
	}
	if !t.Spans() {
		var words []string
		for i, w := range a.Words {
			words = append(words, w.Text+"/"+a.Tags[i])
		}
		return [][]string{{a.Task, strings.Join(words, " ")}}
	}
	if len(a.Entities) == 0 {
		return [][]string{{a.Task, "none", "", "", ""}}
	}
	var rows [][]string
	for _, e := range a.Entities {
		rows = append(rows, []string{a.Task, e.Type, e.Text, fmt.Sprintf("%d:%d", e.Start, e.End), percent(e.Confidence)})
	}
	return rows
}

func percent(p float64) string { return fmt.Sprintf("%.1f%%", 100*p) }
