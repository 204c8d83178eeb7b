package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"braid/run"
)

// row is the mean scores of an arm over the seeds, on test. A score that the arm does not have is NaN.
type row struct {
	Examples int    `json:"examples"` // training sentences of each intent; 0: all
	Arm      string `json:"arm"`
	Seeds    int    `json:"seeds"`

	Intent   *mean `json:"intent_accuracy"` // of the new tasks
	Slots    *mean `json:"slots_f1"`
	Recall   *mean `json:"new_intent_recall"` // accuracy on the sentences of the new intent
	NewSlots *mean `json:"new_intent_slots_f1"`

	OldIntent *mean `json:"old_intent_accuracy,omitempty"` // of the old tasks after training
	OldSlots  *mean `json:"old_slots_f1,omitempty"`
	Before    *mean `json:"old_intent_accuracy_before,omitempty"` // and before
	BeforeF1  *mean `json:"old_slots_f1_before,omitempty"`
}

// mean is the mean of n values.
type mean struct {
	Mean float64 `json:"mean"`
	n    int
}

func put(m **mean, v float64) {
	if *m == nil {
		*m = new(mean)
	}
	(*m).n++
	(*m).Mean += (v - (*m).Mean) / float64((*m).n)
}

// table is the rows in the order of the arms.
type table struct {
	intent string
	rows   []*row
}

// add adds the scores of a run.
func (t *table) add(examples int, a arm, s *run.Summary, onNew scores) {
	r := t.row(examples, a.name)
	r.Seeds++
	put(&r.Intent, s.Tasks[a.prefix+"intent"].Test["accuracy"])
	put(&r.Slots, s.Tasks[a.prefix+"slots"].Test["f1"])
	put(&r.Recall, onNew.Tasks[a.prefix+"intent"]["accuracy"])
	put(&r.NewSlots, onNew.Tasks[a.prefix+"slots"]["f1"])
	if old := s.Tasks["intent"]; a.prefix != "" && old.Before != nil {
		put(&r.OldIntent, old.Test["accuracy"])
		put(&r.Before, old.Before.Test["accuracy"])
		put(&r.OldSlots, s.Tasks["slots"].Test["f1"])
		put(&r.BeforeF1, s.Tasks["slots"].Before.Test["f1"])
	}
}

func (t *table) row(examples int, arm string) *row {
	for _, r := range t.rows {
		if r.Examples == examples && r.Arm == arm {
			return r
		}
	}
	r := &row{Examples: examples, Arm: arm}
	t.rows = append(t.rows, r)
	return r
}

// print writes the table in Markdown.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "| sentences per intent | arm | intent | slots | %s: intent | slots | old intent | old slots |\n",
		t.intent)
	fmt.Fprintln(w, "|---:|---|---:|---:|---:|---:|---:|---:|")
	for _, r := range t.rows {
		n := fmt.Sprint(r.Examples)
		if r.Examples == 0 {
			n = "all"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", n, r.Arm, figure(r.Intent, nil), figure(r.Slots, nil),
			figure(r.Recall, nil), figure(r.NewSlots, nil), figure(r.OldIntent, r.Before), figure(r.OldSlots, r.BeforeF1))
	}
}

// figure returns a score, and its change if the score before is known.
func figure(m, before *mean) string {
	switch {
	case m == nil || math.IsNaN(m.Mean):
		return ""
	case before == nil:
		return fmt.Sprintf("%.3f", m.Mean)
	}
	return fmt.Sprintf("%.3f (%+.3f)", m.Mean, m.Mean-before.Mean)
}

// save writes the figures for programs.
func (t *table) save(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(t.rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
