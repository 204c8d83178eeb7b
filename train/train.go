package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"braid/data"
	"braid/job"
	"braid/nn"
	"braid/run"
)

// Config is what one training needs.
type Config struct {
	Job       *job.Job
	Data      *data.Prepared
	Baselines []map[string]float64 // by task, for the summary: see SummaryBaselines; nil: none
	Fleet     Fleet
	Dir       string      // run directory
	Resume    bool        // go on from the newest sound checkpoint, from the start if there is none
	Term      uint64      // fencing number of the coordinator; 0 in one process
	Events    func(Event) // called on the goroutine of Run, but for Checkpointed, Unsaved and Waiting; nil: nobody listens
	Threads   int         // of the optimiser; below 1: one. Same bits whatever their number
}

// ErrFenced, as the cause of a cancelled context, stops a training without a last
// checkpoint: another coordinator leads, and the run directory is no longer ours.
var ErrFenced = errors.New("another coordinator leads this job")

// Interrupted is returned when the context was cancelled: all steps so far are on disk.
type Interrupted struct {
	Dir  string
	Step uint64 // steps done
}

func (e *Interrupted) Error() string {
	return fmt.Sprintf("stopped after step %d; the checkpoint is in %s", e.Step, e.Dir)
}

// Run trains a job to its end, leaves a run directory, and returns its summary. A finished
// run that is resumed returns the summary it has. A run of other data is refused. On an error nothing is half-written:
// what is in the directory can be resumed.
func Run(ctx context.Context, c Config) (*run.Summary, error) {
	dir, err := run.Open(c.Dir, c.Job, c.Resume)
	if err != nil {
		return nil, err
	}
	dir.Reader = dir.Expecting(c.Data.Digest)
	// Before the journal says anything: a refusal is no event of the run.
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

// loop is a training under way.
type loop struct {
	*stepper
	dir   *run.Dir
	best  *nn.ParamSet
	waits *waits

	baselines []float64 // by task: see selectionScore

	state   run.State
	saved   uint64 // step of the newest checkpoint, on disk or tried
	metrics *run.Metrics
	writer  *run.Writer
	clock   time.Time // since when seconds are not yet in state
}

func newLoop(c Config, dir *run.Dir) (*loop, error) {
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	s, err := newStepper(c)
	if err != nil {
		return nil, err
	}
	l := &loop{stepper: s, dir: dir, waits: newWaits(c.Events, dir.Journal), baselines: errorBaselines(c.Job, c.Data)}
	if c.Resume {
		if _, err := l.resume(); err != nil {
			return nil, err
		}
	}
	l.noteStart()
	return l, l.openMetrics()
}

// openMetrics begins to write behind the step that the state is at.
func (l *loop) openMetrics() (err error) {
	if l.metrics, err = l.dir.OpenMetrics(l.state.Step); err != nil {
		return err
	}
	l.writer = run.NewWriter(l.dir, l.Job.Cluster.Keep, l.state.Step, l.metrics.Sync, l.attempted)
	return nil
}

// run is the training: steps, evaluations and checkpoints, each due at its step.
func (l *loop) run(ctx context.Context) (*run.Summary, error) {
	l.Events(l.started())
	l.clock = time.Now()
	return l.train(ctx)
}

// train does the steps that are left, and finishes.
func (l *loop) train(ctx context.Context) (*run.Summary, error) {
	for {
		err := l.pause(ctx)
		if err == nil && l.over() {
			break
		}
		if err == nil {
			err = l.step(ctx)
		}
		l.noteNews()
		if err = l.goBack(err); err != nil {
			return nil, l.stop(ctx, err)
		}
	}
	// The end is on disk before parameters give way to the best ones.
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
	l.waits.begin(l.state.Step)
	taken, err := l.take(ctx, l.state.Step, l.waits.told)
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
	return l.record(taken)
}

// record notes a step that has been applied, or skipped.
func (l *loop) record(s taken) error {
	l.state.Step++
	l.state.StepSeconds += s.all.Seconds()
	l.state.Tokens += uint64(s.line.Tokens)
	l.countTasks(s)
	said := Stepped{Step: l.state.Step, Steps: l.plan.Steps(), Norm: s.line.Norm, Rate: s.line.Rate, Tokens: s.line.Tokens,
		Took: s.all, Compute: s.compute, Apply: s.apply, Workers: l.Fleet.Workers(), Skipped: s.skipped}
	for _, stream := range s.step.Streams {
		for _, t := range stream.Tasks {
			said.Tasks, said.Loss = append(said.Tasks, t), append(said.Loss, s.line.Loss[l.Job.Tasks[t].Name])
		}
	}
	l.Events(said)
	return l.metrics.Write(s.line)
}

// pause does what is due between two steps.
func (l *loop) pause(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	better := false
	if l.evaluationDue() {
		var err error
		if better, err = l.evaluate(ctx); err != nil {
			return err
		}
	}
	every := uint64(max(l.Job.Cluster.CheckpointEvery, 0))
	if better || every > 0 && l.state.Step > l.saved && l.state.Step%every == 0 {
		return l.save()
	}
	return nil
}

// over says that there is no further step.
func (l *loop) over() bool {
	return l.state.Step >= l.plan.Steps() || l.impatient()
}

func (l *loop) impatient() bool {
	p := l.Job.Training.Patience
	return p > 0 && l.state.Waited >= p
}

// tick moves the time that has passed into the state.
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
	return Started{Job: l.Job.Name, Dir: l.Dir, Step: l.state.Step, Steps: l.plan.Steps(), Params: l.params.Len(),
		Words: l.Data.Vocab.Len(), Shards: l.Job.Training.Shards, Workers: l.Fleet.Workers()}
}
