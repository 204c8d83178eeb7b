package data

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"braid/job"
)

// labelUse is the first place of a label in a split, and the label's count.
type labelUse struct {
	e           *Example
	word, count int
}

// labelTable is the use of a task's labels, by split and label.
type labelTable map[job.Split]map[string]labelUse

func (a *auditor) table() labelTable {
	t := labelTable{job.Train: {}, job.Dev: {}, job.Test: {}}
	a.each(func(split job.Split, e *Example) {
		names, _ := a.names(e)
		for k, n := range names {
			use := t[split][n]
			if use.count++; use.count == 1 {
				use.e, use.word = e, k
			}
			t[split][n] = use
		}
	})
	return t
}

// total returns a label's use in all splits.
func (t labelTable) total(name string) labelUse {
	var sum labelUse
	for _, split := range job.Splits {
		use := t[split][name]
		if sum.count == 0 {
			sum.e, sum.word = use.e, use.word
		}
		sum.count += use.count
	}
	return sum
}

// labels examines the labels of a task whose answer is not a number.
func (a *auditor) labels(j *job.Job, t int, labels *Labels) []Finding {
	table := a.table()
	all := a.unseenLabels(table, labels)
	all = append(all, a.similarLabels(table)...)
	all = append(all, a.oneClass(table)...)
	all = append(all, a.idsAsLabels(table)...)
	all = append(all, a.unusedWeights(j, t, table)...)
	all = append(all, a.swallowed(table)...)
	all = append(all, a.commentsAsWords(table)...)
	return append(all, a.oddSets(table)...)
}

// unseenLabels finds labels of dev and test that training does not have.
func (a *auditor) unseenLabels(table labelTable, labels *Labels) []Finding {
	var all []Finding
	for _, split := range job.Splits[1:] {
		var found findings
		for _, n := range slices.Sorted(maps.Keys(table[split])) {
			if _, known := labels.ID(n); known {
				continue
			}
			use := table[split][n]
			found.add(a.finding(use.e, use.word,
				"label %s is not in training (%d in %s): it counts as an error, always; add examples of it to train", short(n),
				use.count, split))
		}
		all = append(all, found.end("labels of "+string(split)+" that training does not have")...)
	}
	return all
}

// oneClass finds splits whose labelled examples all have the same label. A model cannot learn
// anything from such a train split, and dev and test measure nothing.
func (a *auditor) oneClass(table labelTable) []Finding {
	var all []Finding
	for _, split := range job.Splits {
		uses := table[split]
		if len(uses) != 1 {
			continue
		}
		for name, use := range uses {
			if split != job.Train && (use.count < fewLabels || len(table[job.Train]) == 1) {
				continue
			}
			what := "there is nothing to learn"
			if split != job.Train {
				what = "its score has no meaning"
			}
			all = append(all, a.finding(use.e, use.word,
				"one class only: %s of %s, all %s: %s; check the field %q and the file", plural(use.count, "label"), split,
				short(name), what, a.task.Field))
		}
	}
	return all
}

// fewLabels is the least number of labels from which a finding about their count is made.
const fewLabels = 5

// idsAsLabels finds a field whose values are nearly all different, as those of an id.
func (a *auditor) idsAsLabels(table labelTable) []Finding {
	total, first := 0, labelUse{}
	for i := range a.raw.Train {
		if names, _ := a.names(&a.raw.Train[i]); len(names) > 0 {
			if first.e == nil {
				first.e = &a.raw.Train[i]
			}
			total += len(names)
		}
	}
	distinct := len(table[job.Train])
	if total < fewLabels || distinct*10 < total*9 {
		return nil
	}
	return []Finding{a.finding(first.e, 0,
		"%d different labels for %d labels in train: the field %q looks like an id, not like a class; name another field",
		distinct, total, a.task.Field)}
}

// unusedWeights finds class weights of labels that training does not have.
func (a *auditor) unusedWeights(j *job.Job, t int, table labelTable) []Finding {
	var all []Finding
	for _, name := range slices.Sorted(maps.Keys(a.task.ClassWeights)) {
		if table[job.Train][name].count > 0 {
			continue
		}
		at := j.At(fmt.Sprintf("tasks[%d].class_weights.%s", t, name))
		all = append(all, Finding{shortName(at.File), at.Line, a.task.Name,
			fmt.Sprintf("the class weight of %s is not used (0 in train): remove it", short(name))})
	}
	return all
}

// notLabelled finds splits in which no example has the task's field, and empty cells of csv,
// tsv and seq.
func (a *auditor) notLabelled() []Finding {
	var all []Finding
	for _, split := range job.Splits {
		examples := a.raw.Split(split)
		var missing some
		for i := range examples {
			if _, ok := examples[i].Fields[a.task.Field]; !ok {
				missing.see(func() Finding { return a.finding(&examples[i], 0, "") })
			}
		}
		switch {
		case missing.count > 0 && missing.count == len(examples):
			all = append(all, missing.end("example", "of %s, and none has a label in the field %q: %s", split, a.task.Field,
				fieldMend(examples, a.task.Field, "label them, or do not expect a score there"))...)
		case a.format == "csv" || a.format == "tsv" || a.format == "seq":
			mend := "label it, or remove it if no other task needs it"
			if a.task.Of().Answer == job.Set {
				mend = fmt.Sprintf("write the separator %s alone if it has no label", short(a.separator))
			}
			all = append(all, missing.end("example", "of %s (of %d) without a label, as the field %q is empty: %s", split,
				len(examples), a.task.Field, mend)...)
		}
	}
	return all
}

// fieldMend returns a mend with the field that the user probably meant, or else the given mend.
func fieldMend(examples []Example, field, mend string) string {
	names := map[string]bool{}
	for i := range examples {
		for name := range examples[i].Fields {
			names[name] = true
		}
	}
	if near := job.Nearest(field, slices.Sorted(maps.Keys(names))); near != "" && !names[field] {
		return fmt.Sprintf("the field %q is there: rename one", near)
	}
	return mend
}

// oddSets finds sets with a repeated or an empty label, and labels that look like several.
func (a *auditor) oddSets(table labelTable) []Finding {
	if a.task.Of().Answer != job.Set {
		return nil
	}
	var twice, empty some
	a.each(func(split job.Split, e *Example) {
		f, ok := e.Fields[a.task.Field]
		if !ok {
			return
		}
		parts := f.List
		if f.Kind != ListField {
			parts = labelParts(f.Text, a.separator)
			if len(parts) > 0 && strings.Count(f.Text, a.separator) >= len(parts) {
				empty.see(func() Finding { return a.finding(e, 0, "%s", short(f.Text)) })
			}
		}
		if len(unique(parts)) < len(parts) {
			twice.see(func() Finding { return a.finding(e, 0, "") })
		}
	})
	all := twice.end("example", "with a label twice, which counts once: remove one")
	all = append(all, empty.end("example",
		"with an empty label before or after %q, which is dropped (here %s): remove the separator, or set "+
			"data.%s.separator if %[1]q is part of a label",
		a.separator, empty.first.Msg, a.raw.Name)...)
	for _, mark := range []string{",", "|", ";", "#"} {
		if mark == a.separator {
			continue
		}
		if holding := holding(table, mark); len(holding) > 0 {
			use := table.total(holding[0])
			all = append(all, a.finding(use.e, 0, "%s with %q in it, as %s: set data.%s.separator if it divides labels",
				plural(len(holding), "label"), mark, short(holding[0]), a.raw.Name))
		}
	}
	return all
}

// holding lists the labels that contain a mark between other characters.
func holding(table labelTable, mark string) []string {
	found := map[string]bool{}
	for _, split := range job.Splits {
		for name := range table[split] {
			if before, after, ok := strings.Cut(name, mark); ok && strings.TrimSpace(before) != "" &&
				strings.TrimSpace(after) != "" {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
