package forensics

import (
	"fmt"
	"maps"
	"slices"

	"braid/run"
)

// Comparison compares the records of two runs.
type Comparison struct {
	A, B    *RecordedRun
	SameJob bool
	Workers int          // goroutines of a replay; below 1: all processors
	Status  func(string) // receives progress messages; nil: none
}

// Compare returns the comparison of two runs.
func Compare(a, b *RecordedRun) *Comparison {
	return &Comparison{A: a, B: b, SameJob: a.Job.Hash() == b.Job.Hash()}
}

// FirstStep returns the number of steps that both runs have recorded, up to and including the first one
// that differs, and that step; 0 if none differs.
func (c *Comparison) FirstStep() (compared int, step uint64) {
	for _, n := range slices.Sorted(maps.Keys(c.A.Steps)) {
		other := c.B.Steps[n]
		if other == nil {
			continue
		}
		compared++
		if c.A.Steps[n].Differences(other) != nil {
			return compared, n
		}
	}
	return compared, 0
}

// FirstEvaluation returns the first step whose evaluations differ, 0 if there is none.
func (c *Comparison) FirstEvaluation() uint64 {
	for _, n := range slices.Sorted(maps.Keys(c.A.Evaluations)) {
		a, b := c.A.Evaluations[n], c.B.Evaluations[n]
		if b != nil && (a.Mean != b.Mean || a.Best != b.Best || !maps.Equal(a.Loss, b.Loss) ||
			!maps.EqualFunc(a.Scores, b.Scores, maps.Equal[map[string]float64, map[string]float64])) {
			return n
		}
	}
	return 0
}

// FirstCheckpoint compares the checkpoints of steps that both runs have saved. It returns the number of
// equal ones before the first that differs, the step of that one and its first difference; change is nil
// if none differs. unusable is called for each checkpoint that cannot be compared.
func (c *Comparison) FirstCheckpoint(unusable func(dir string, step uint64, err error)) (equal int, step uint64,
	change *TensorChange, err error) {
	mine, err := c.A.Reader.Steps()
	if err != nil {
		return 0, 0, nil, err
	}
	theirs, err := c.B.Reader.Steps()
	if err != nil {
		return 0, 0, nil, err
	}
	for _, step := range mine {
		if !slices.Contains(theirs, step) {
			continue
		}
		change, ok := c.checkpoint(step, unusable)
		switch {
		case change != nil:
			return equal, step, change, nil
		case ok:
			equal++
		}
	}
	return equal, 0, nil, nil
}

// checkpoint compares the checkpoints of one step; ok is false if one of them is unusable.
func (c *Comparison) checkpoint(step uint64, unusable func(dir string, step uint64, err error)) (change *TensorChange,
	ok bool) {
	var states [2]*run.State
	var tensors [2][]run.Tensor
	for i, r := range []*RecordedRun{c.A, c.B} {
		var err error
		if states[i], tensors[i], err = r.Reader.Tensors(step); err != nil {
			unusable(r.Dir, step, err)
			return nil, false
		}
	}
	if change := FirstTensor(tensors[0], tensors[1]); change != nil {
		return change, true
	}
	if a, b := states[0].OptimizerSteps, states[1].OptimizerSteps; !slices.Equal(a, b) {
		return &TensorChange{Name: "optimizer_steps", Why: fmt.Sprintf("%v, and %v", a, b)}, true
	}
	return nil, true
}
