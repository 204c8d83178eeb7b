package train

import (
	"context"
	"fmt"
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

// stepper holds parameters and optimiser and takes steps: all that decides the result, for
// whoever records steps and whoever repeats them.
type stepper struct {
	Config
	plan      *plan.Planner
	params    *nn.ParamSet
	arch      *model.Architecture
	optimizer *optim.Optimizer
	scaler    *optim.Scaler
	rate      func(step uint64) float64
	changes   *changes
	scale     []float32
	next      plan.Step // the step under way
	line      run.Metric
}

// newStepper stands before the first step.
func newStepper(c Config) (*stepper, error) {
	tasks, sets := c.Data.Sizes()
	planner, err := plan.New(c.Job, plan.Sizes{Tasks: tasks, Sets: sets})
	if err != nil {
		return nil, err
	}
	arch := model.New(ModelSpec(c.Job, c.Data))
	t := c.Job.Training
	s := &stepper{
		Config: c, plan: planner, arch: arch, params: arch.Start(),
		scaler: optim.NewScaler(c.Threads),
		rate:   optim.Schedule(t.Schedule.Kind, t.Schedule.Warmup, int(planner.Steps()), t.Schedule.Every, t.Schedule.Gamma),
		scale:  make([]float32, len(c.Job.Tasks)),
		line:   run.Metric{Loss: map[string]float64{}},
	}
	s.optimize()
	return s, nil
}

// optimize begins to optimize the parameters as they are.
func (s *stepper) optimize() {
	s.optimizer = optim.New(optimConfig(s.Config, s.arch.Shape()), s.params)
	s.changes = newChanges(s.arch.Shape(), len(s.params.Groups), s.Job.Encoder.Word.Update == "dense", s.optimizer.Sent())
}

// ModelSpec says what the model of a job and its data looks like.
func ModelSpec(j *job.Job, p *data.Prepared) model.Spec {
	return model.Spec{Job: j, Words: p.Vocab.Len(), Word: p.Vocab.Word, Unknown: p.Vocab.Unknowns(), Labels: p.Labels}
}

func optimConfig(c Config, shape gradient.Shape) optim.Config {
	o := c.Job.Training.Optimizer
	return optim.Config{
		Kind: o.Kind, LR: o.LR, Momentum: o.Momentum, Nesterov: o.Nesterov,
		Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Alpha: o.Alpha, WeightDecay: o.WeightDecay,
		Dense: c.Job.Encoder.Word.Update == "dense", Threads: c.Threads, Shape: shape,
		Precision: gradient.ParsePrecision(c.Job.Training.Precision),
	}
}

// restore goes to where a checkpoint stands.
func (s *stepper) restore(c *run.Checkpoint) error {
	if err := s.optimizer.Restore(c.Optimizer); err != nil {
		return fmt.Errorf("checkpoint of step %d: %w", c.Step, err)
	}
	s.params.CopyFrom(c.Params)
	s.changes.all()
	return nil
}

// taken is a step that has been applied or skipped; step and line are the stepper's, until the next.
type taken struct {
	step                plan.Step
	line                *run.Metric
	skipped             error // why it was not applied; nil: it was
	all, compute, apply time.Duration
}

// take is step n, counted from 0, as the design writes it. waiting hears what the fleet
// waits for; it may be nil.
func (s *stepper) take(ctx context.Context, n uint64, waiting func(string)) (taken, error) {
	begin := time.Now()
	s.plan.Fill(&s.next, n) // sample, plan
	step := s.next
	work := s.work(step)
	work.Waiting = waiting
	g, err := s.Fleet.Gradient(ctx, work) // compute, reduce
	if err != nil {
		return taken{}, err
	}
	computed := time.Now()
	s.changes.ok()
	checksum, norm := s.scaler.Scale(g, s.balance(step, g)) // of before: what a fleet must agree on
	optim.Clip(g, norm, s.Job.Training.Clip)
	rate := s.rate(step.Step)
	skipped := s.notFinite(step, g, norm)
	switch {
	case skipped == nil:
		s.optimizer.Update(s.params, g, rate) // apply
		s.changes.updated(g)
	case s.Job.Training.NotFinite != "skip":
		return taken{}, skipped
	}
	applied := time.Now()
	t := taken{step, &s.line, skipped, applied.Sub(begin), computed.Sub(begin), applied.Sub(computed)}
	clear(s.line.Loss)
	s.line = run.Metric{Kind: "step", Step: n + 1, Tasks: s.line.Tasks[:0], Loss: s.line.Loss, Norm: norm,
		Rate: s.Job.Training.Optimizer.LR * rate, Tokens: s.tokens(step), Seconds: t.all.Seconds(), Checksum: run.Hex(checksum), Skipped: skipped != nil}
	if skipped != nil {
		s.line.Checksum = "" // one NaN has many bit patterns
	}
	s.losses(step, g)
	return t, nil
}

func (s *stepper) work(step plan.Step) Work {
	for t := range s.scale {
		s.scale[t] = 1
	}
	if s.Job.Training.Mode == "joint" {
		s.jointScale(step)
	}
	return Work{Step: step, Scale: s.scale, Params: s.params, Changed: s.changes.told()}
}

// jointScale sets w_t/n_t for the tasks of a step: tasks share the encoder's gradient, so
// each is divided by its own normaliser before the sum.
func (s *stepper) jointScale(step plan.Step) {
	norms := s.arch.Normalisers(s.Data.Sets, step)
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			s.scale[t] = 0
			if norms[t] > 0 {
				s.scale[t] = float32(s.Job.Tasks[t].Weight / norms[t])
			}
		}
	}
}

// balance is the factor that turns a sampled task's sum into its weighted mean; a joint
// step's gradient has been weighed before the sum.
func (s *stepper) balance(step plan.Step, g *gradient.Gradient) float32 {
	if s.Job.Training.Mode == "joint" {
		return 1
	}
	t := step.Streams[0].Tasks[0]
	if n := g.Loss[t].Weight; n > 0 {
		return float32(s.Job.Tasks[t].Weight / n)
	}
	return 1
}

// losses fills the step's tasks and their mean losses into its line.
func (s *stepper) losses(step plan.Step, g *gradient.Gradient) {
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			name := s.Job.Tasks[t].Name
			s.line.Tasks = append(s.line.Tasks, name)
			s.line.Loss[name] = g.Loss[t].Sum / max(g.Loss[t].Weight, 1e-30)
		}
	}
}

// tokens counts the words of a step's examples.
func (s *stepper) tokens(step plan.Step) int {
	n := 0
	for _, stream := range step.Streams {
		c := s.Data.Sets[stream.Set].Train
		examples := c.Any
		if s.Job.Training.Mode != "joint" {
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
