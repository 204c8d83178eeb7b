package train

import (
	"context"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/nn/optim"
	"braid/plan"
	"braid/run"
)

// taken is a step that has been applied or skipped. step and line belong to the stepper and are valid until its
// next step.
type taken struct {
	step                plan.Step
	line                *run.Metric
	skipped             error // why the step was not applied; nil if it was
	all, compute, apply time.Duration
}

// take takes step n, counted from 0: plan, compute, scale, clip, update. waiting receives the causes of waits in
// the fleet; it may be nil.
func (s *stepper) take(ctx context.Context, n uint64, waiting func(string)) (taken, error) {
	begin := time.Now()
	if err := s.lookBack(ctx, n, waiting); err != nil {
		return taken{}, err
	}
	s.plan.Fill(&s.next, n)
	step := s.next
	work := s.work(step)
	work.Waiting = waiting
	roots, err := s.Fleet.Gradient(ctx, work)
	if err != nil {
		return taken{}, err
	}
	g := s.conflict.apply(step, roots, work.Scale, s.mean(step, roots[0]))
	computed := time.Now()
	s.changes.acknowledged()
	checksum, norm := s.scaleRoot(step, g) // checksum: of the gradient before scaling
	optim.Clip(g, norm, s.Job.Training.Clip)
	rate := s.rate(step.Step)
	skipped := s.notFinite(step, g, norm)
	if skipped == nil {
		s.optimizer.Update(s.params, g, rate)
		s.changes.updated(g)
		s.balance.observe(step, g)
		s.conflict.applied(step, g)
	} else {
		s.conflict.skipped()
		if s.Job.Training.NotFinite != "skip" {
			return taken{}, skipped
		}
	}
	applied := time.Now()
	t := taken{step, &s.line, skipped, applied.Sub(begin), computed.Sub(begin), applied.Sub(computed)}
	clear(s.line.Loss)
	s.line = run.Metric{Kind: "step", Step: n + 1, Tasks: s.line.Tasks[:0], Loss: s.line.Loss, GradNorm: norm,
		Rate: s.Job.Training.Optimizer.LR * rate, Tokens: s.tokens(step), Seconds: t.all.Seconds(),
		Factors: s.factors(step), Checksum: run.Hex(checksum), Skipped: skipped != nil}
	if skipped != nil {
		s.line.Checksum = "" // NaN has many bit patterns, so the checksums of equal steps may differ
	}
	s.losses(step, g)
	return t, nil
}

// lookBack computes the gradients of the step before n again if the method of training.conflict learns from the losses
// on the same examples after the step.
func (s *stepper) lookBack(ctx context.Context, n uint64, waiting func(string)) error {
	if !s.conflict.waiting() {
		return nil
	}
	s.plan.Fill(&s.next, n-1)
	work := s.work(s.next)
	work.Waiting = waiting
	roots, err := s.Fleet.Gradient(ctx, work)
	if err != nil {
		return err
	}
	s.changes.acknowledged()
	s.conflict.observe(roots)
	return nil
}

// work returns the order for one step's gradient.
func (s *stepper) work(step plan.Step) Work {
	for t := range s.scale {
		s.scale[t] = 1
	}
	s.balance.prepare(step.Step)
	if s.joint() {
		s.jointScale(step)
	}
	return Work{Step: step, Scale: s.scale, Params: s.params, Changed: s.changes.pending()}
}

func (s *stepper) joint() bool { return s.Job.Training.Mode == "joint" }

// jointScale sets s.scale to λ_t w_t/n_t, factor by weight by normaliser, for the tasks of a joint step. Tasks share
// the encoder's gradient, so each must be divided by its own normaliser before the sum.
func (s *stepper) jointScale(step plan.Step) {
	s.weightScale(step)
	if s.balance.method == nil {
		return
	}
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			s.scale[t] = float32(float64(s.scale[t]) * s.balance.factors[t])
		}
	}
}

// weightScale sets s.scale to w_t/n_t for the tasks of a step.
func (s *stepper) weightScale(step plan.Step) {
	normalisers := s.Arch.Normalisers(s.Data.Sets, step)
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			s.scale[t] = 0
			if normalisers[t] > 0 {
				s.scale[t] = float32(s.Job.Tasks[t].Weight / normalisers[t])
			}
		}
	}
}

// mean returns the factor that turns the gradient of a sampled task, a sum, into the weighted mean. It is 1
// for a joint step, whose gradient was scaled by jointScale, and for examples whose class weights are all 0.
func (s *stepper) mean(step plan.Step, g *gradient.Gradient) float32 {
	t := step.Streams[0].Tasks[0]
	n := g.Loss[t].Weight
	if s.joint() || n == 0 {
		return 1
	}
	return float32(s.Job.Tasks[t].Weight / n)
}

// factors returns the factors of a step by name, in the memory of the line; nil if they are 1.
func (s *stepper) factors(step plan.Step) map[string]float64 {
	if s.balance.method == nil && s.conflict.method == nil && s.conflict.momenta == nil {
		return nil
	}
	factors := s.line.Factors
	if factors == nil {
		factors = map[string]float64{}
	}
	clear(factors)
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			if !s.conflict.combines() {
				factors[s.Job.Tasks[t].Name] = float64(s.balance.factors[t] * s.conflict.held[t])
			}
		}
	}
	s.conflict.record(factors, s.balance.factors)
	return factors
}

// losses adds the tasks of a step and their mean losses to s.line.
func (s *stepper) losses(step plan.Step, g *gradient.Gradient) {
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			name := s.Job.Tasks[t].Name
			s.line.Tasks = append(s.line.Tasks, name)
			s.line.Loss[name] = g.Loss[t].Sum / max(g.Loss[t].Weight, 1e-30)
		}
	}
}

// tokens returns the number of words in the examples of a step.
func (s *stepper) tokens(step plan.Step) int {
	n := 0
	for _, stream := range step.Streams {
		c := s.Data.Sets[stream.Set].Train
		examples := c.Any
		if !s.joint() {
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

// target returns the target of a task in the training corpus of its data set.
func target(c *data.Corpus, task int) *data.Target {
	for i := range c.Targets {
		if c.Targets[i].Task == task {
			return &c.Targets[i]
		}
	}
	panic("train: a corpus has no target of a task that reads it")
}
