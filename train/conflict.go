package train

import (
	"fmt"
	"slices"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/mtl"
	"braid/nn/optim"
	"braid/plan"
	"braid/run"
)

// conflict applies training.conflict. In joint mode it combines the roots of an apart step. In sampled mode it holds
// factors from measurements, or keeps momenta.
type conflict struct {
	job    *job.Job
	method mtl.Conflict // nil: off, no parameters are shared, or momenta
	gram   bool         // the method reads Gram matrices
	parts  []model.SharedPart

	held    []float64 // sampled mode, by task: factors from the last measurement; otherwise 1
	momenta *momenta  // nil but for m_config

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
	f := &conflict{job: c.Job, held: make([]float64, len(c.Job.Tasks))}
	f.restart()
	shared := c.Arch.SharedEncoder()
	switch {
	case k.Kind == job.ConflictOff || len(shared.Ranges) == 0:
		return f
	case k.Kind == job.MConfig:
		f.momenta = newMomenta(c)
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
	for t := range c.held {
		c.held[t] = 1
	}
	if c.momenta != nil {
		c.momenta.restart()
	}
	if c.method == nil {
		return
	}
	c.state, c.before = c.method.Start(len(c.job.Tasks)), nil
	if c.sampled() {
		c.state = c.held
	}
	if _, ok := c.method.(mtl.FAMO); ok {
		c.before = make([]float64, len(c.job.Tasks))
		c.forget()
	}
}

// sampled reports whether factors from measurements are held.
func (c *conflict) sampled() bool { return c.method != nil && !c.job.Apart() }

// combines reports whether steps are apart and their roots combined.
func (c *conflict) combines() bool { return c.method != nil && c.job.Apart() }

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
	if c.momenta != nil {
		methods[conflictKey] = c.momenta.steps
	}
}

// with returns the state of an optimiser and the momenta, without a copy of either.
func (c *conflict) with(o optim.State) optim.State {
	if c.momenta != nil {
		o.Tensors = append(slices.Clip(o.Tensors), c.momenta.tensors()...)
	}
	return o
}

// without returns the state that the optimiser gave to with.
func (c *conflict) without(o optim.State) optim.State {
	if c.momenta != nil {
		o.Tensors = o.Tensors[:max(0, len(o.Tensors)-len(c.momenta.m))]
	}
	return o
}

// restore copies the state from those of a checkpoint.
func (c *conflict) restore(methods map[string][]float64, o optim.State) error {
	if c.momenta != nil {
		return c.momenta.restore(methods[conflictKey], o)
	}
	state, before := methods[conflictKey], methods[conflictBeforeKey]
	if len(state) != len(c.state) || len(before) != len(c.before) {
		return fmt.Errorf("the state of training.conflict has %d and %d numbers, want %d and %d", len(state), len(before),
			len(c.state), len(c.before))
	}
	copy(c.state, state)
	copy(c.before, before)
	return nil
}

// apply returns the gradient of a step. scale is that of the order, mean the factor that turns the root of a sampled
// step into the gradient of the weighted mean loss.
func (c *conflict) apply(step plan.Step, roots []*gradient.Gradient, scale []float32, mean float32) *gradient.Gradient {
	switch {
	case c.momenta != nil:
		c.momenta.apply(step, roots[0], mean)
	case c.combines():
		c.combine(step, roots, scale)
	}
	return roots[0]
}

// measured derives the factors that are held from a measurement before step n.
func (c *conflict) measured(n uint64, m *run.Measure) {
	if !c.sampled() {
		return
	}
	s := mtl.Step{Gram: mtl.NewGram(len(c.job.Tasks)), Seed: c.job.Seed, Number: n}
	for t := range c.job.Tasks {
		s.Tasks = append(s.Tasks, t)
	}
	for _, p := range []*run.Products{m.Encoder, m.Tables} {
		if p != nil {
			addTriangle(s.Gram, p.Batch)
		}
	}
	copy(c.held, c.method.Factors(s, nil))
}

// addTriangle adds a symmetric matrix of which x is the lower triangle, row by row.
func addTriangle(g mtl.Gram, x []float32) {
	for i := range g.T {
		for j := range i + 1 {
			v := float64(x[i*(i+1)/2+j])
			g.V[i*g.T+j] += v
			if i != j {
				g.V[j*g.T+i] += v
			}
		}
	}
}

// combine makes the first root the combination of all roots of a step. scale is that of the order: it turns the sum of
// a task's losses into the loss whose gradient the root is. Tasks without a label in the batch count as absent.
func (c *conflict) combine(step plan.Step, roots []*gradient.Gradient, scale []float32) {
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
// With momenta they are those of all tasks; before every task has had a step, there are none.
// balance holds the factors of training.balance, which the roots have already.
func (c *conflict) record(factors map[string]float64, balance []float64) {
	if c.momenta != nil {
		for t, f := range c.momenta.factors {
			factors[c.job.Tasks[t].Name] = float64(f * balance[t])
		}
	}
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
