package train

import (
	"errors"

	"braid/run"
)

// goBack handles the error Withdrawn: it restores the newest checkpoint before the withdrawn step, or the initial
// parameters. It returns any other error.
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
	before := l.state
	found, err := l.resume()
	if err != nil {
		return err
	}
	if !found {
		l.restart()
	}
	// The time of the withdrawn steps counts.
	l.state.Term, l.state.Seconds, l.state.StepSeconds = before.Term, before.Seconds, before.StepSeconds
	l.Events(Withdrew{Step: l.state.Step, Why: w.Why})
	return l.openMetrics()
}

// restart restores the state before the first step.
func (l *loop) restart() {
	l.params.CopyFrom(l.Arch.Start())
	l.newOptimizer()
	l.balance.restart()
	l.conflict.restart()
	l.state, l.resumed, l.best = run.State{}, 0, nil
}
