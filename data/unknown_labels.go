package data

import (
	"fmt"
	"maps"
	"slices"

	"braid/job"
)

// UnknownLabels finds labels in examples of data set s that a model does not have. Scores count
// them as errors. labels are the model's, by task. name is the name of the examples in
// messages.
func UnknownLabels(j *job.Job, s int, labels []*Labels, name string, examples []Example) []Finding {
	var all []Finding
	for _, t := range j.TasksOf(s) {
		if labels[t] == nil {
			continue
		}
		a := auditor{newLabeller(j, t), &RawSet{Name: j.Data[s].Name, Test: examples}}
		table := a.table()[job.Test]
		known := slices.Clone(labels[t].Names()[:labels[t].Len()])
		var found findings
		for _, label := range slices.Sorted(maps.Keys(table)) {
			if _, ok := labels[t].ID(label); ok {
				continue
			}
			mend := "labels are " + someNames(known)
			if near := job.Nearest(label, known); near != "" {
				mend = fmt.Sprintf("did you mean %s?", short(near))
			}
			use := table[label]
			found.add(a.finding(use.e, use.word, "the model has no label %s (%d in %s), so it counts as an error: %s",
				short(label), use.count, name, mend))
		}
		all = append(all, found.end("labels that the model does not have")...)
	}
	return all
}
