package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"braid/internal/kernel"
	"braid/run"
)

func (l *loop) checkpoint() *run.Checkpoint {
	state := l.state
	state.Data = l.Data.Digest
	return &run.Checkpoint{State: state, Params: l.params, Optimizer: l.optimizer.State()}
}

// resume goes on from the newest sound checkpoint, if there is one.
func (l *loop) resume() (found bool, err error) {
	c := &run.Checkpoint{Params: l.params.Clone(), Optimizer: l.optimizer.State().Clone()}
	best := l.params.Clone()
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
	l.state, l.saved = c.State, c.Step
	if c.Best.Step > 0 {
		l.best = best
	}
	return true, nil
}

// noteStart says in the journal where the job came from, which is no part of the job but
// where its relative paths start.
func (l *loop) noteStart() {
	event := run.EventStarted
	if l.state.Step > 0 {
		event = run.EventResumed
	}
	if before := l.state.Term; before > 0 && l.Term > before {
		l.note(run.EventTakeover, l.state.Step, fmt.Sprintf("the coordinator of term %d goes on after that of term %d", l.Term, before))
	}
	l.state.Term = max(l.state.Term, l.Term)
	base, err := filepath.Abs(l.Job.Dir)
	if err != nil {
		base = l.Job.Dir
	}
	_ = l.dir.Journal.Note(run.Entry{Event: event, Step: l.state.Step, Fields: map[string]any{
		run.FieldJobDir: base, run.FieldSteps: l.plan.Steps(), run.FieldTerm: l.state.Term, run.FieldKernel: kernel.Class(),
		run.FieldPID: os.Getpid(), "form": kernel.Form(), "workers": l.Fleet.Workers()}})
}

// stop ends a training that did not finish. A cancelled one leaves a checkpoint.
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

// note writes to the journal, which decides nothing: a full disk is met at the next
// checkpoint, where it matters.
func (l *loop) note(event string, step uint64, message string) {
	_ = l.dir.Journal.Note(run.Entry{Event: event, Step: step, Message: message})
}

// noteEnd is the last entry, with what the fleet has counted.
func (l *loop) noteEnd(event, message string) {
	l.noteNews()
	e := run.Entry{Event: event, Step: l.state.Step, Message: message}
	if r, ok := l.Fleet.(Reporter); ok {
		e.Fields = r.Figures()
	}
	_ = l.dir.Journal.Note(e)
}

// noteNews writes what happened in the fleet.
func (l *loop) noteNews() {
	if r, ok := l.Fleet.(Reporter); ok {
		for _, e := range r.News() {
			_ = l.dir.Journal.Note(e)
		}
	}
}
