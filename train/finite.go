package train

import (
	"fmt"
	"math"

	"braid/gradient"
	"braid/plan"
	"braid/run"
)

// skipsInRow is how many steps in a row may be skipped: more are no accident of a batch,
// and parameters that are not finite would skip for ever.
const skipsInRow = 10

// notFiniteError is a step whose numbers cannot be used; the parameters are as before it.
type notFiniteError struct {
	step   uint64 // from 1
	what   string
	number float64
}

func (e *notFiniteError) Error() string {
	return fmt.Sprintf("step %d: %s %v: lower training.optimizer.lr, set training.clip, or training.not_finite: skip", e.step, e.what, e.number)
}

// notFinite says what of a step is not finite, nil: nothing.
func (s *stepper) notFinite(step plan.Step, g *gradient.Gradient, norm float64) error {
	names := ""
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			name := s.Job.Tasks[t].Name
			if sum := g.Loss[t].Sum; math.IsNaN(sum) || math.IsInf(sum, 0) {
				return &notFiniteError{step.Step + 1, "the loss of task " + name + " is", sum}
			}
			if names != "" {
				names += ", "
			}
			names += name
		}
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return &notFiniteError{step.Step + 1, "the gradient of task " + names + " has norm", norm}
	}
	return nil
}

// countSkipped counts steps that were not applied; too many in a row are an error.
func (l *loop) countSkipped(t taken) error {
	if t.skipped == nil {
		l.state.SkippedInRow = 0
		return nil
	}
	l.state.SkippedSteps++
	l.state.SkippedInRow++
	l.note(run.EventNotFinite, l.state.Step+1, t.skipped.Error())
	if l.state.SkippedInRow < skipsInRow {
		return nil
	}
	return fmt.Errorf("%d steps in a row were not finite and were skipped, the last one: %w", skipsInRow, t.skipped)
}
