package train

import (
	"fmt"
	"slices"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/mtl"
	"braid/plan"
)

// conflict applies training.conflict: it combines the roots of an apart step.
type conflict struct {
	job    *job.Job
	method mtl.Conflict // nil: off, or no parameters are shared
	gram   bool         // the method reads Gram matrices
	parts  []model.SharedPart

	state   []float64
	undo    []float64 // the state before the step
	before  []float64 // famo, by task: loss of the last step, below 0 for none; see observe
	factors []partFactors
}

// partFactors are the factors of a step's tasks for a part of the parameters.
type partFactors struct {
	part    string
	tasks   []int
	factors []float64
}

// Names of the states in run.State.Methods.
const (
	conflictKey       = "conflict"
	conflictBeforeKey = "conflict.before"
)

func newConflict(c Config) *conflict {
	k := c.Job.Training.Conflict
	f := &conflict{job: c.Job}
	shared := c.Arch.SharedEncoder()
	if !c.Job.Apart() || len(shared.Ranges) == 0 {
		return f
	}
	f.method = mtl.NewConflict(k.Kind, mtl.ConflictSettings{C: k.C, Fairness: k.Fairness, Alpha: k.Alpha, LR: k.LR,
		Gamma: k.Gamma, Mu: k.Mu})
	if f.method == nil {
		panic("train: no method for training.conflict.kind " + k.Kind)
	}
	f.gram = k.Kind != "famo" && k.Kind != "stch"
	f.parts = []model.SharedPart{shared}
	if k.Per == job.PerTensor {
		f.parts = c.Arch.SharedTensors()
	}
	f.restart()
	return f
}

// restart sets the state to that before the first step.
func (c *conflict) restart() {
	if c.method == nil {
		return
	}
	c.state = c.method.Start(len(c.job.Tasks))
	c.before = nil
	if _, ok := c.method.(mtl.FAMO); ok {
		c.before = make([]float64, len(c.job.Tasks))
		c.forget()
	}
}

// forget drops the losses of the last step.
func (c *conflict) forget() {
	for t := range c.before {
		c.before[t] = -1
	}
}

// save adds the state to those of a checkpoint, without a copy.
func (c *conflict) save(methods map[string][]float64) {
	if len(c.state) > 0 {
		methods[conflictKey] = c.state
	}
	if len(c.before) > 0 {
		methods[conflictBeforeKey] = c.before
	}
}

// restore copies the state from those of a checkpoint.
func (c *conflict) restore(methods map[string][]float64) error {
	state, before := methods[conflictKey], methods[conflictBeforeKey]
	if len(state) != len(c.state) || len(before) != len(c.before) {
		return fmt.Errorf("the state of training.conflict has %d and %d numbers, want %d and %d", len(state), len(before),
			len(c.state), len(c.before))
	}
	copy(c.state, state)
	copy(c.before, before)
	return nil
}

// combine makes the first root the combination of all roots of a step. scale is that of the order: it turns the sum of
// a task's losses into the loss whose gradient the root is. Tasks without a label in the batch count as absent.
func (c *conflict) combine(step plan.Step, roots []*gradient.Gradient, scale []float32) *gradient.Gradient {
	c.undo = append(c.undo[:0], c.state...)
	s := mtl.Step{Seed: c.job.Seed, Number: step.Step}
	var present []*gradient.Gradient
	for k, g := range roots {
		stream, i := step.Tree(k)
		t := step.Streams[stream].Tasks[i]
		if l := g.Loss[t]; l.Weight > 0 {
			present = append(present, g)
			s.Tasks = append(s.Tasks, t)
			s.Losses = append(s.Losses, float64(float64(scale[t])*l.Sum))
		}
	}
	c.factors = c.factors[:0]
	for i, part := range c.parts {
		s.Part, s.Gram = uint64(i), mtl.NewGram(len(present))
		if c.gram {
			gradient.Gram(s.Gram.V, present, part.Ranges)
		}
		factors := c.method.Factors(s, c.state)
		for k, g := range present {
			for _, r := range part.Ranges {
				g.ScaleRange(r, float32(factors[k]))
			}
		}
		c.factors = append(c.factors, partFactors{part.Name, s.Tasks, factors})
	}
	gradient.Sum(roots)
	return roots[0]
}

// skipped restores the state before a step that was not applied.
func (c *conflict) skipped() {
	copy(c.state, c.undo)
	c.forget()
}

// applied keeps the losses of a step for observe.
func (c *conflict) applied(step plan.Step, g *gradient.Gradient) {
	c.forget()
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			if l := g.Loss[t]; len(c.before) > 0 && l.Weight > 0 {
				c.before[t] = l.Sum / l.Weight
			}
		}
	}
}

// waiting reports whether observe must be called before the next step.
func (c *conflict) waiting() bool {
	return slices.ContainsFunc(c.before, func(l float64) bool { return l >= 0 })
}

// observe gives the method the losses on the examples of the last step with the parameters after it.
func (c *conflict) observe(roots []*gradient.Gradient) {
	var tasks []int
	var before, after []float64
	for t, b := range c.before {
		if b < 0 {
			continue
		}
		l := gradient.Loss{}
		for _, g := range roots {
			l.Sum, l.Weight = l.Sum+g.Loss[t].Sum, l.Weight+g.Loss[t].Weight
		}
		tasks, before, after = append(tasks, t), append(before, b), append(after, l.Sum/l.Weight)
	}
	c.method.(mtl.FAMO).Observe(c.state, tasks, before, after)
	c.forget()
}

// record adds the factors of a step to those of a record: by task, or by part and task if there are several parts.
// balance holds the factors of training.balance, which the roots have already.
func (c *conflict) record(factors map[string]float64, balance []float64) {
	for _, f := range c.factors {
		for i, t := range f.tasks {
			name := c.job.Tasks[t].Name
			if len(c.parts) > 1 {
				name = f.part + " " + name
			}
			factors[name] = float64(f.factors[i] * balance[t])
		}
	}
}
