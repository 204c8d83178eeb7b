package train

import (
	"context"
	"errors"
	"fmt"

	"braid/run"
)

// ErrFenced is the cause with which a coordinator cancels the context when another coordinator leads the job.
// Training then stops without a last checkpoint, because it must not write to the run directory any more.
var ErrFenced = errors.New("another coordinator leads this job")

// Interrupted is the error of a training whose context was cancelled. All its steps are in a checkpoint.
type Interrupted struct {
	Dir  string
	Step uint64 // steps done
}

func (e *Interrupted) Error() string {
	return fmt.Sprintf("stopped after step %d; the checkpoint is in %s", e.Step, e.Dir)
}

// stop ends a training that did not finish, and returns its error. If the context was cancelled, stop first
// saves a checkpoint.
func (l *loop) stop(ctx context.Context, why error) error {
	if ctx.Err() == nil || !errors.Is(why, ctx.Err()) && !errors.Is(why, context.Cause(ctx)) {
		l.noteEnd(run.EventFailed, why.Error())
		return why
	}
	if cause := context.Cause(ctx); errors.Is(cause, ErrFenced) {
		l.noteEnd(run.EventStopped, cause.Error())
		return cause
	}
	if err := l.saveNow(); err != nil {
		l.note(run.EventFailed, l.state.Step, err.Error())
		return err
	}
	l.noteEnd(run.EventStopped, "interrupted")
	return &Interrupted{Dir: l.Dir, Step: l.state.Step}
}

// Paused is the error of a training that has taken the steps of Config.Until. All of them are in a checkpoint.
type Paused struct {
	Dir  string
	Step uint64 // steps done
}

func (e *Paused) Error() string {
	return fmt.Sprintf("paused after step %d; the checkpoint is in %s", e.Step, e.Dir)
}

// stopAtLimit saves a checkpoint and returns Paused.
func (l *loop) stopAtLimit(ctx context.Context) error {
	if err := l.saveNow(); err != nil {
		return l.stop(ctx, err)
	}
	l.noteEnd(run.EventStopped, "paused")
	return &Paused{Dir: l.Dir, Step: l.state.Step}
}
