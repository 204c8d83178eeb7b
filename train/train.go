package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"braid/nn"
	"braid/run"
)

// Config configures a training.
type Config struct {
	*Setup
	Fleet   Fleet
	Dir     string      // run directory
	Resume  bool        // continue from the newest sound checkpoint, or from the start if there is none
	Term    uint64      // fencing number of the coordinator; 0 in one process
	Events  func(Event) // called on the goroutine of Run, but for Checkpointed, Unsaved and Waiting; may be nil
	Threads int         // goroutines of the optimiser, at least one. Does not change the result
	Until   uint64      // stop after this number of steps with Paused, as if interrupted; 0: train to the end
}

// Run trains a job to its end, writes the run directory and returns the summary. If the run is finished already,
// it returns the summary on disk. It returns an error for a run of other data. After an error the run can be
// resumed.
func Run(ctx context.Context, c Config) (*run.Summary, error) {
	dir, err := run.Open(c.Dir, c.Job, c.Resume)
	if err != nil {
		return nil, err
	}
	dir.Reader = dir.Expecting(c.Data.Digest)
	// Before the first entry of the journal: a run that does not belong to the data must not change.
	if err := dir.Belongs(); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	if s, err := run.ReadSummary(c.Dir); err == nil {
		return s, dir.Close()
	}
	l, err := newLoop(c, dir)
	if err != nil {
		_ = dir.Journal.Note(run.Entry{Event: run.EventFailed, Message: err.Error()})
		return nil, errors.Join(err, dir.Close())
	}
	summary, err := l.run(ctx)
	return summary, errors.Join(err, l.close())
}

// loop is a running training.
type loop struct {
	*stepper
	dir   *run.Dir
	best  *nn.ParamSet // parameters of the best evaluation; nil: none yet
	mean  *nn.ParamSet // memory of evaluated; nil: not used yet
	waits *waits

	baselines []float64 // by task: see selectionScore

	state   run.State
	resumed uint64 // step of the checkpoint from which training started; 0: none
	metrics *run.Metrics
	writer  *run.Writer
	clock   time.Time // the time up to which state.Seconds counts
}

func newLoop(c Config, dir *run.Dir) (*loop, error) {
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	l := &loop{stepper: newStepper(c), dir: dir, waits: newWaits(c.Events, dir.Journal),
		baselines: errorBaselines(c.Job, c.Data)}
	if c.Resume {
		if _, err := l.resume(); err != nil {
			return nil, err
		}
	}
	l.noteStart()
	return l, l.openMetrics()
}

// openMetrics opens metrics.jsonl after the current step.
func (l *loop) openMetrics() (err error) {
	if l.metrics, err = l.dir.OpenMetrics(l.state.Step); err != nil {
		return err
	}
	l.writer = run.NewWriter(l.dir, l.Job.Cluster.Keep, l.state.Step, l.metrics.Sync, l.attempted)
	return nil
}

// run trains and finishes.
func (l *loop) run(ctx context.Context) (*run.Summary, error) {
	l.Events(l.started())
	l.clock = time.Now()
	return l.train(ctx)
}

// train takes the remaining steps, with the evaluations and checkpoints between them, and finishes.
func (l *loop) train(ctx context.Context) (*run.Summary, error) {
	for {
		err := l.pause(ctx)
		if err == nil && l.over() {
			break
		}
		if err == nil && l.Until > 0 && l.state.Step >= l.Until {
			return nil, l.stopAtLimit(ctx)
		}
		if err == nil {
			err = l.step(ctx)
		}
		l.noteNews()
		if err = l.goBack(err); err != nil {
			return nil, l.stop(ctx, err)
		}
	}
	// The last state must be on disk before finish replaces the parameters by the best ones.
	if err := l.saveNow(); err != nil {
		return nil, l.stop(ctx, err)
	}
	summary, err := l.finish(ctx)
	if err == nil {
		l.Events(Finished{summary})
		return summary, nil
	}
	if err = l.goBack(err); err == nil {
		return l.train(ctx)
	}
	return nil, l.stop(ctx, err)
}

// step takes one step and records it.
func (l *loop) step(ctx context.Context) error {
	measured, err := l.measure(ctx)
	if err != nil {
		return err
	}
	l.waits.begin(l.state.Step)
	taken, err := l.take(ctx, l.state.Step, l.waits.report)
	if err != nil {
		var infinite *notFiniteError
		if errors.As(err, &infinite) {
			return fmt.Errorf("%w; the checkpoint of step %d is sound", err, l.writer.Saved())
		}
		return err
	}
	l.waits.end(l.state.Step + 1)
	if err := l.countSkipped(taken); err != nil {
		return err
	}
	if err := l.record(taken); err != nil {
		return err
	}
	return l.recordMeasured(ctx, measured, taken)
}

// record counts a step and writes its line.
func (l *loop) record(s taken) error {
	l.state.Step++
	l.state.StepSeconds += s.all.Seconds()
	l.state.Tokens += uint64(s.line.Tokens)
	l.countTasks(s)
	e := Stepped{Step: l.state.Step, Steps: l.Plan.Steps(), GradNorm: s.line.GradNorm, Rate: s.line.Rate,
		Tokens: s.line.Tokens,
		Took:   s.all, Compute: s.compute, Apply: s.apply, Workers: l.Fleet.Workers(), Skipped: s.skipped}
	for _, stream := range s.step.Streams {
		for _, t := range stream.Tasks {
			e.Tasks, e.Loss = append(e.Tasks, t), append(e.Loss, s.line.Loss[l.Job.Tasks[t].Name])
		}
	}
	l.Events(e)
	return l.metrics.Write(s.line)
}

// pause evaluates and saves a checkpoint if these are due between two steps.
func (l *loop) pause(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	keep := false
	if l.evaluationDue() {
		var err error
		if keep, err = l.evaluate(ctx); err != nil {
			return err
		}
	}
	every := uint64(max(l.Job.Cluster.CheckpointEvery, 0))
	if keep || every > 0 && l.state.Step > l.resumed && l.state.Step%every == 0 {
		return l.save()
	}
	return nil
}

// over reports whether training has ended.
func (l *loop) over() bool {
	return l.state.Step >= l.Plan.Steps() || l.impatient()
}

// impatient reports whether dev has not improved for training.patience evaluations.
func (l *loop) impatient() bool {
	p := l.Job.Training.Patience
	return p > 0 && l.state.Waited >= p
}

// tick adds the elapsed time to the state.
func (l *loop) tick() {
	now := time.Now()
	l.state.Seconds += now.Sub(l.clock).Seconds()
	l.clock = now
}

func (l *loop) close() error {
	l.writer.Wait()
	var err error
	if l.metrics != nil {
		err = errors.Join(err, l.metrics.Close())
	}
	return errors.Join(err, l.dir.Close())
}

func (l *loop) started() Started {
	return Started{Job: l.Job.Name, Dir: l.Dir, Step: l.state.Step, Steps: l.Plan.Steps(), Params: l.params.Len(),
		Words: l.Data.Vocab.Len(), Shards: l.Job.Training.Shards, Workers: l.Fleet.Workers()}
}
