package model

import (
	"errors"
	"fmt"

	"braid/data"
	"braid/gradient"
	"braid/task"
)

// Perfect returns the score of a chunk whose every answer is right, but for labels that
// training did not have. It depends on the data alone, and bounds what any model can score.
// Cost: no forward pass.
func (a *Architecture) Perfect(sets []data.Set, chunk Chunk) *SetScore {
	p := newPass(a, nil)
	c := sets[chunk.Set].Split(chunk.Split)
	p.load(c, chunk)
	return p.count(c, chunk.Set, func(t int, _ *task.Targets) (gradient.Loss, counter) {
		return gradient.Loss{Weight: a.weight(t, c, p.batch.examples)}, p.heads[t].CountBest
	})
}

// lossBelow is how far below 0, by example, rounding may take a loss.
const lossBelow = 1e-3

// Check says why s cannot be a score of the chunk whose perfect score is best; nil: it can.
// Numbers that are not finite are Finite's to find. A count that is wrong and possible
// passes: only computing it again tells.
func (a *Architecture) Check(s, best *SetScore) error {
	if s.Joint != best.Joint || s.JointRight > best.JointRight {
		return fmt.Errorf("%d of %d examples right in all tasks, at most %d of %d are possible", s.JointRight, s.Joint, best.JointRight, best.Joint)
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
		if err != nil {
			return fmt.Errorf("task %s: %w", a.Job.Tasks[x.task].Name, err)
		}
	}
	return nil
}

var errNegativeLoss = errors.New("its loss is negative")

// Finite says whether every loss and every sum is.
func (s *SetScore) Finite() bool {
	for _, x := range s.tasks {
		if x.loss.Sum-x.loss.Sum != 0 || !x.score.Finite() {
			return false
		}
	}
	return true
}
