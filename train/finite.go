package train

import (
	"errors"
	"fmt"

	"braid/gradient"
	"braid/plan"
	"braid/run"
)

// skipsInRow is the number of consecutive skipped steps that end the training. As many are not the accident of one
// batch; with parameters that are not finite, all steps would be skipped.
const skipsInRow = 10

// notFiniteError is the error of a step whose loss or gradient is not finite. The step was not applied.
type notFiniteError struct {
	step   uint64 // from 1
	what   string // the loss or the norm, as the subject of a sentence with its verb
	number float64
}

func (e *notFiniteError) Error() string {
	return fmt.Sprintf("step %d: %s %v: lower training.optimizer.lr, set training.clip, or training.not_finite: skip",
		e.step, e.what, e.number)
}

// Diverged reports whether an error is that of a training that ended because a loss or a gradient was not finite.
func Diverged(err error) bool {
	var infinite *notFiniteError
	return errors.As(err, &infinite)
}

// notFinite returns an error if the loss or the gradient norm of a step is not finite.
func (s *stepper) notFinite(step plan.Step, g *gradient.Gradient, norm float64) error {
	names := ""
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			name := s.Job.Tasks[t].Name
			if sum := g.Loss[t].Sum; !finite(sum) {
				return &notFiniteError{step.Step + 1, "the loss of task " + name + " is", sum}
			}
			if names != "" {
				names += ", "
			}
			names += name
		}
	}
	if !finite(norm) {
		return &notFiniteError{step.Step + 1, "the gradient of task " + names + " has norm", norm}
	}
	return nil
}

// finite reports whether a number is neither NaN nor infinite.
func finite(v float64) bool { return v-v == 0 }

// countSkipped counts a step if it was skipped. It returns an error after skipsInRow skipped steps in a row.
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
	return fmt.Errorf("%d steps in a row were skipped because they were not finite, the last one: %w", skipsInRow,
		t.skipped)
}
