package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"braid/run"
)

// Choice is a step of a finished run whose parameters become the model.
type Choice struct {
	Step uint64
	Why  string // as the summary names it: slots, or slots=0.7,intent=0.3
	Out  string // a new directory for the model; empty: the model and the summary of the run are replaced
}

// Select makes the parameters that the evaluation after a step scored the model of a finished run, without training.
// The step must have a checkpoint. It returns the summary with the scores of the new model.
func Select(ctx context.Context, c Config, choice Choice) (*run.Summary, error) {
	summary, err := run.ReadSummary(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the run is not finished: train it to its end first (--resume)", c.Dir)
	} else if err != nil {
		return nil, err
	}
	dir, err := run.Open(c.Dir, c.Job, true)
	if err != nil {
		return nil, err
	}
	dir.Reader = dir.Expecting(c.Data.Digest)
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	l := &loop{stepper: newStepper(c), dir: dir, waits: newWaits(c.Events, dir.Journal),
		baselines: errorBaselines(c.Job, c.Data)}
	return summary, errors.Join(l.choose(ctx, summary, choice), dir.Close())
}

// choose loads the checkpoint, scores its parameters and writes model and summary.
func (l *loop) choose(ctx context.Context, s *run.Summary, choice Choice) error {
	c := l.newCheckpoint()
	if err := l.dir.Load(choice.Step, c); err != nil {
		return fmt.Errorf("%s: the checkpoint of step %d: %w", l.Dir, choice.Step, err)
	}
	l.state = c.State
	l.params.CopyFrom(c.Params)
	l.averaging().Mean(l.params, c.Params, c.Optimizer)
	s.NeverTrained = l.untrained()
	s.Selected = &run.Selected{Step: choice.Step, Why: choice.Why}
	outcomes, err := l.scoreModel(ctx, s)
	if err != nil {
		return err
	}
	if choice.Out != "" {
		return run.PublishNew(choice.Out, l.saveModel)
	}
	if err := l.publish(s, outcomes); err != nil {
		return err
	}
	l.note(run.EventSelected, choice.Step, s.ModelSHA256)
	return nil
}
