package data

import (
	"fmt"
	"slices"
	"strings"

	"braid/job"
)

// labelText returns an example's label for comparison; false if the example has none.
func (a *auditor) labelText(e *Example) (string, bool) {
	f, ok := e.Fields[a.task.Field]
	if !ok {
		return "", false
	}
	if a.task.Of().Answer == job.Number {
		return f.Text, true
	}
	names, err := a.names(e)
	if a.task.Of().Answer == job.Set {
		names = slices.Sorted(slices.Values(names))
	}
	return strings.Join(names, " "), err == nil
}

// conflicts finds examples with the same words and different labels.
func (a *auditor) conflicts() []Finding {
	type first struct {
		e     *Example
		label string
	}
	seen := map[textKey]first{}
	var found findings
	a.each(func(split job.Split, e *Example) {
		label, ok := a.labelText(e)
		if !ok {
			return
		}
		key := keyOf(e)
		f, ok := seen[key]
		if !ok {
			seen[key] = first{e, label}
			return
		}
		if f.label == label {
			return
		}
		file, line := a.place(f.e, 0)
		what := fmt.Sprintf("another label: %s, there %s", short(label), short(f.label))
		if a.task.Of().Per == job.PerWord {
			what = "other tags"
		}
		found.add(a.finding(e, 0, "the words of %s:%d, but %s: mend one, or remove both", file, line, what))
	})
	return found.end("label conflicts")
}
