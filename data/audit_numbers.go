package data

import (
	"math"

	"braid/job"
)

// numbers examines the targets of a regression task. It finds targets that differ but are
// equal as float32, whole numbers that float32 changes, and training targets that are all
// equal.
func (a *auditor) numbers() []Finding {
	held := map[float32]float64{} // the first target that float32 rounds to it
	var rounded, labelled some
	constant, first := true, math.NaN()
	a.each(func(split job.Split, e *Example) {
		v, ok, err := a.number(e)
		if !ok || err != nil {
			return
		}
		f := float32(v)
		other, seen := held[f]
		if !seen {
			held[f] = v
		}
		if seen && other != v || v == math.Trunc(v) && float64(f) != v {
			rounded.see(func() Finding { return a.finding(e, 0, "%.17g becomes %.9g", v, f) })
		}
		if split == job.Train {
			labelled.see(func() Finding { first = v; return a.finding(e, 0, "") })
			constant = constant && v == first
		}
	})
	all := rounded.end("target",
		"with more digits than float32 holds (here %s): subtract a constant from all targets, or divide them",
		rounded.first.Msg)
	if constant && labelled.count > 1 {
		all = append(all, labelled.end("target", "of train, all %g: there is nothing to learn; check the field %q", first,
			a.task.Field)...)
	}
	return all
}
