package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/nn/optim"
	"braid/plan"
	"braid/run"
)

// Config is what one training needs.
type Config struct {
	Job     *job.Job
	Data    *data.Prepared
	Raw     *data.Raw // texts, for the floors in the summary; nil: none
	Fleet   Fleet
	Dir     string      // run directory
	Resume  bool        // go on from the newest sound checkpoint, from the start if there is none
	Term    uint64      // fencing number of the coordinator; 0 in one process
	Events  func(Event) // called on the goroutine of Run, but for Checkpointed; nil: nobody listens
	Threads int         // of the optimiser; below 1: one. Same bits whatever their number
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
// run that is resumed returns the summary it has. On an error nothing is half-written:
// what is in the directory can be resumed.
func Run(ctx context.Context, c Config) (*run.Summary, error) {
	dir, err := run.Open(c.Dir, c.Job, c.Resume)
	if err != nil {
		return nil, err
	}
	if s, err := run.ReadSummary(c.Dir); err == nil {
		return s, dir.Close()
	}
	l, err := newLoop(c, dir)
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	summary, err := l.run(ctx)
	return summary, errors.Join(err, l.close())
}

// loop is a training under way.
type loop struct {
	Config
	dir       *run.Dir
	plan      *plan.Planner
	params    *nn.ParamSet
	model     *model.Model
	best      *nn.ParamSet
	optimizer *optim.Optimizer
	rate      func(step uint64) float64
	changes   *changes
	scale     []float32
	next      plan.Step // the step under way
	line      run.Metric

	state   run.State
	saved   uint64 // step of the newest checkpoint
	metrics *run.Metrics
	writer  *run.Writer
	clock   time.Time // since when seconds are not yet in state
}

func newLoop(c Config, dir *run.Dir) (*loop, error) {
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	tasks, sets := c.Data.Sizes()
	planner, err := plan.New(c.Job, plan.Sizes{Tasks: tasks, Sets: sets})
	if err != nil {
		return nil, err
	}
	m := model.New(ModelSpec(c.Job, c.Data))
	t := c.Job.Training
	l := &loop{
		Config: c, dir: dir, plan: planner, model: m, params: m.Params,
		optimizer: optim.New(optimConfig(c), m.Params),
		rate:      optim.Schedule(t.Schedule.Kind, t.Schedule.Warmup, int(planner.Steps()), t.Schedule.Every, t.Schedule.Gamma),
		changes:   newChanges(len(m.Params.Groups), c.Job.Encoder.Word.Update == "dense"),
		scale:     make([]float32, len(c.Job.Tasks)),
		line:      run.Metric{Loss: map[string]float64{}},
	}
	if c.Resume {
		if err := l.resume(); err != nil {
			return nil, err
		}
	}
	l.state.Term = max(l.state.Term, c.Term)
	l.noteStart()
	if l.metrics, err = dir.OpenMetrics(l.state.Step); err != nil {
		return nil, err
	}
	l.writer = run.NewWriter(dir, c.Job.Cluster.Keep, l.metrics.Sync, func(step uint64) { l.Events(Checkpointed{step}) })
	return l, nil
}

// ModelSpec says what the model of a job and its data looks like.
func ModelSpec(j *job.Job, p *data.Prepared) model.Spec {
	return model.Spec{Job: j, Words: p.Vocab.Len(), Unknown: p.Vocab.Unknowns(), Labels: p.Labels}
}

func optimConfig(c Config) optim.Config {
	o := c.Job.Training.Optimizer
	return optim.Config{
		Kind: o.Kind, LR: o.LR, Momentum: o.Momentum, Nesterov: o.Nesterov,
		Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Alpha: o.Alpha, WeightDecay: o.WeightDecay,
		Dense: c.Job.Encoder.Word.Update == "dense", Threads: c.Threads,
	}
}

// run is the training: steps, evaluations and checkpoints, each due at its step.
func (l *loop) run(ctx context.Context) (*run.Summary, error) {
	l.Events(l.started())
	l.clock = time.Now()
	for {
		err := l.pause(ctx)
		if err == nil && l.over() {
			break
		}
		if err == nil {
			err = l.step(ctx)
		}
		if err != nil {
			return nil, l.stop(ctx, err)
		}
	}
	// The end is on disk before parameters give way to the best ones.
	if err := l.saveNow(); err != nil {
		return nil, l.stop(ctx, err)
	}
	summary, err := l.finish(ctx)
	if err != nil {
		return nil, l.stop(ctx, err)
	}
	l.Events(Finished{summary})
	return summary, nil
}

// step is one step, as the design writes it.
func (l *loop) step(ctx context.Context) error {
	begin := time.Now()
	l.plan.Fill(&l.next, l.state.Step) // sample, plan
	step := l.next
	g, err := l.Fleet.Gradient(ctx, l.work(step)) // compute, reduce
	if err != nil {
		return err
	}
	computed := time.Now()
	l.changes.ok()
	l.balance(step, g)
	norm := optim.ClipNorm(g, l.Job.Training.Clip)
	if err := l.refuseNotFinite(step, g, norm); err != nil {
		return err
	}
	rate := l.rate(step.Step)
	l.optimizer.Update(l.params, g, rate) // apply
	l.changes.updated(l.params, g)
	applied := time.Now()
	return l.record(step, g, norm, rate, spent{applied.Sub(begin), computed.Sub(begin), applied.Sub(computed)})
}

func (l *loop) work(step plan.Step) Work {
	for t := range l.scale {
		l.scale[t] = 1
	}
	if l.Job.Training.Mode == "joint" {
		l.jointScale(step)
	}
	return Work{Step: step, Scale: l.scale, Params: l.params, Changed: l.changes.told()}
}

// jointScale sets w_t/n_t for the tasks of a step: tasks share the encoder's gradient, so
// each is divided by its own normaliser before the sum.
func (l *loop) jointScale(step plan.Step) {
	norms := model.Norms(l.Job, l.Data.Sets, l.Data.Labels, step)
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			l.scale[t] = 0
			if norms[t] > 0 {
				l.scale[t] = float32(l.Job.Tasks[t].Weight / norms[t])
			}
		}
	}
}

// balance turns a sampled task's sum into its weighted mean; a joint step's gradient has
// been weighed before the sum.
func (l *loop) balance(step plan.Step, g *gradient.Gradient) {
	if l.Job.Training.Mode == "joint" {
		return
	}
	t := step.Streams[0].Tasks[0]
	if n := g.Loss[t].Norm; n > 0 {
		optim.Scale(g, float32(l.Job.Tasks[t].Weight/n))
	}
}

func (l *loop) refuseNotFinite(step plan.Step, g *gradient.Gradient, norm float64) error {
	names := ""
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			name := l.Job.Tasks[t].Name
			if sum := g.Loss[t].Sum; math.IsNaN(sum) || math.IsInf(sum, 0) {
				return fmt.Errorf("step %d: the loss of task %s is %v: lower training.optimizer.lr or set training.clip; the checkpoint of step %d is sound",
					step.Step+1, name, sum, l.saved)
			}
			if names != "" {
				names += ", "
			}
			names += name
		}
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("step %d: the gradient of task %s has norm %v: lower training.optimizer.lr or set training.clip; the checkpoint of step %d is sound",
			step.Step+1, names, norm, l.saved)
	}
	return nil
}

// spent is where a step's time went.
type spent struct{ all, compute, apply time.Duration }

// record notes a step that has been applied.
func (l *loop) record(step plan.Step, g *gradient.Gradient, norm, rate float64, time spent) error {
	l.state.Step++
	l.state.StepSeconds += time.all.Seconds()
	tokens := l.tokens(step)
	l.state.Tokens += uint64(tokens)
	line := &l.line
	clear(line.Loss)
	*line = run.Metric{Kind: "step", Step: l.state.Step, Tasks: line.Tasks[:0], Loss: line.Loss, Norm: norm,
		Rate: l.Job.Training.Optimizer.LR * rate, Tokens: tokens, Seconds: time.all.Seconds()}
	said := Stepped{Step: l.state.Step, Steps: l.plan.Steps(), Norm: norm, Rate: line.Rate, Tokens: tokens,
		Took: time.all, Compute: time.compute, Apply: time.apply, Workers: l.Fleet.Workers()}
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			mean := g.Loss[t].Sum / max(g.Loss[t].Norm, 1e-30)
			line.Tasks = append(line.Tasks, l.Job.Tasks[t].Name)
			line.Loss[l.Job.Tasks[t].Name] = mean
			said.Tasks, said.Loss = append(said.Tasks, t), append(said.Loss, mean)
		}
	}
	l.Events(said)
	return l.metrics.Write(line)
}

// tokens counts the words of a step's examples.
func (l *loop) tokens(step plan.Step) int {
	n := 0
	for _, stream := range step.Streams {
		c := l.Data.Sets[stream.Set].Train
		examples := c.Any
		if l.Job.Training.Mode != "joint" {
			examples = target(c, stream.Tasks[0]).Labelled
		}
		for _, shard := range stream.Shards {
			for _, position := range shard {
				e := examples[position]
				n += int(c.Offsets[e+1] - c.Offsets[e])
			}
		}
	}
	return n
}

func target(c *data.Corpus, task int) *data.Target {
	for i := range c.Targets {
		if c.Targets[i].Task == task {
			return &c.Targets[i]
		}
	}
	panic("train: a corpus has no targets of a task that reads it")
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
	return errors.Join(l.writer.Wait(), l.metrics.Close(), l.dir.Close())
}

func (l *loop) started() Started {
	return Started{Job: l.Job.Name, Dir: l.Dir, Step: l.state.Step, Steps: l.plan.Steps(), Params: l.params.Len(),
		Words: l.Data.Vocab.Len(), Shards: l.Job.Training.Shards, Workers: l.Fleet.Workers()}
}
