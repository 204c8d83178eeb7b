package train

import (
	"errors"

	"braid/run"
)

// goBack takes back what the fleet no longer stands by, if that is the error: training goes
// on from the newest checkpoint before it, or from the start. Any other error it returns.
func (l *loop) goBack(err error) error {
	var w *Withdrawn
	if !errors.As(err, &w) {
		return err
	}
	l.writer.Wait()
	l.note(run.EventWithdrawn, w.Step, w.Why)
	l.tick()
	if err := l.metrics.Close(); err != nil {
		return err
	}
	l.metrics = nil
	if err := l.dir.DropAfter(w.Step); err != nil {
		return err
	}
	was := l.state
	found, err := l.resume()
	switch {
	case err != nil:
		return err
	case !found:
		l.restart()
	case l.state.Best.Step == 0:
		l.best = nil
	}
	// The time is spent all the same.
	l.state.Term, l.state.Seconds, l.state.StepSeconds = was.Term, was.Seconds, was.StepSeconds
	l.Events(Withdrew{Step: l.state.Step, Why: w.Why})
	return l.openMetrics()
}

// restart stands before the first step again.
func (l *loop) restart() {
	l.params.CopyFrom(l.arch.Start())
	l.optimize()
	l.state, l.saved, l.best = run.State{}, 0, nil
}
