package model

import (
	"errors"
	"fmt"

	"braid/data"
	"braid/gradient"
	"braid/task"
)

// Perfect returns the score of a block of examples, with outcomes, if every answer is right, except for labels that
// training did not have. It depends on the data alone, and bounds the score of any model. It
// computes no forward pass.
func (a *Architecture) Perfect(sets []data.Set, b ExampleBlock) *SetScore {
	p := newPass(a, nil)
	c := sets[b.Set].Split(b.Split)
	p.load(c, b)
	return p.count(c, b.Set, true, func(t int, _ *task.Targets) (gradient.Loss, counter) {
		return gradient.Loss{Weight: a.weight(t, c, p.batch.examples)}, p.heads[t].CountBest
	})
}

// lossBelow bounds a negative loss that is due to rounding, by weight.
const lossBelow = 1e-3

// Check returns an error if s cannot be a score of the block whose perfect score is best. Finite
// finds numbers that are not finite. A wrong count that is possible passes: only a second
// computation detects it.
func (a *Architecture) Check(s, best *SetScore) error {
	if s.Joint != best.Joint || s.JointRight > best.JointRight {
		return fmt.Errorf("%d of %d examples right in all tasks, at most %d of %d are possible",
			s.JointRight, s.Joint, best.JointRight, best.Joint)
	}
	for i := range s.tasks {
		x, b := &s.tasks[i], &best.tasks[i]
		err := a.heads[x.task].Check(x.score, b.score)
		switch {
		case err != nil:
		case x.seen != b.seen:
			err = fmt.Errorf("it counts %d labelled examples, there are %d", x.seen, b.seen)
		case x.loss.Sum < -lossBelow*x.loss.Weight:
			err = errNegativeLoss
		default:
			err = checkWeight(x.loss.Weight, b.loss.Weight)
		}
		switch {
		case err != nil || !s.outcomes:
		case x.outcomes != nil:
			err = a.heads[x.task].CheckOutcomes(x.outcomes, b.outcomes, x.score)
		case a.largestOutcomes(s.Set, BlockExamples) <= maxOutcomes:
			err = errors.New("it has no outcomes")
		}
		if err != nil {
			return fmt.Errorf("task %s: %w", a.Job.Tasks[x.task].Name, err)
		}
	}
	return nil
}

var errNegativeLoss = errors.New("its loss is negative")
