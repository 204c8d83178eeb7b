package train

import (
	"fmt"

	"braid/run"
)

// checkpoint returns the current state. It shares the loop's memory.
func (l *loop) checkpoint() *run.Checkpoint {
	c := l.stepper.checkpoint(l.state.Step)
	state := l.state
	state.Methods = c.Methods
	c.State = state
	c.Data = l.Data.Digest
	return c
}

// resume restores the newest sound checkpoint. It returns false, and changes nothing in memory, if there is
// none. It removes the checkpoints after the one it restores.
func (l *loop) resume() (found bool, err error) {
	c, best := l.newCheckpoint(), l.newCheckpoint()
	found, err = l.dir.Latest(c, best, func(step uint64, why error) {
		l.Events(Skipped{step, why})
		l.note(run.EventSkipped, step, fmt.Sprintf("checkpoint of step %d: %v", step, why))
	})
	if err != nil {
		return false, err
	}
	if !found {
		return false, l.dir.ClearAfter(0)
	}
	if err := l.dir.ClearAfter(c.Step); err != nil {
		return false, err
	}
	if err := l.restore(c); err != nil {
		return false, err
	}
	l.state, l.resumed = c.State, c.Step
	l.dropLost()
	if c.Best.Step > 0 {
		l.best = best.Params.Clone()
		l.averaging().Mean(l.best, best.Params, best.Optimizer)
	}
	return true, nil
}
