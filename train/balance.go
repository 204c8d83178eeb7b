package train

import (
	"cmp"
	"fmt"

	"braid/gradient"
	"braid/job"
	"braid/mtl"
	"braid/plan"
)

// balance applies training.balance: factors on the gradients of the tasks in slots that several tasks train.
type balance struct {
	method  mtl.Balance // nil: factors of 1, or no parameters are shared
	state   []float64
	factors []float64 // by task, of the current step

	tasks  []int // memory of observe
	losses []float64
}

// balanceKey is the name of the state in run.State.Methods.
const balanceKey = "balance"

func newBalance(c Config) *balance {
	b := &balance{factors: make([]float64, len(c.Job.Tasks))}
	k := c.Job.Training.Balance
	if k.Kind == job.BalanceStatic || len(c.Arch.SharedEncoder().Ranges) == 0 {
		for t := range b.factors {
			b.factors[t] = 1
		}
		return b
	}
	settings := mtl.BalanceSettings{LR: k.LR, Temperature: k.Temperature, Smoothing: k.Smoothing,
		Every: uint64(cmp.Or(k.Every, int(c.Plan.StepsPerEpoch()))), Seed: c.Job.Seed}
	for _, t := range c.Job.Tasks {
		settings.Weights = append(settings.Weights, t.Weight)
	}
	if b.method = mtl.NewBalance(k.Kind, settings); b.method == nil {
		panic("train: no method for training.balance.kind " + k.Kind)
	}
	b.restart()
	return b
}

// restart sets the state to that before the first step.
func (b *balance) restart() {
	if b.method != nil {
		b.state = b.method.Start(len(b.factors))
	}
}

// save adds the state to those of a checkpoint, without a copy.
func (b *balance) save(methods map[string][]float64) {
	if len(b.state) > 0 {
		methods[balanceKey] = b.state
	}
}

// restore copies the state from those of a checkpoint.
func (b *balance) restore(methods map[string][]float64) error {
	state := methods[balanceKey]
	if len(state) != len(b.state) {
		return fmt.Errorf("the state of training.balance has %d numbers, want %d", len(state), len(b.state))
	}
	copy(b.state, state)
	return nil
}

// prepare sets the factors of a step.
func (b *balance) prepare(step uint64) {
	if b.method != nil {
		b.method.Factors(b.factors, b.state, step)
	}
}

// observe gives the method the mean losses of a step that was applied.
func (b *balance) observe(step plan.Step, g *gradient.Gradient) {
	if b.method == nil {
		return
	}
	b.tasks, b.losses = b.tasks[:0], b.losses[:0]
	for _, stream := range step.Streams {
		for _, t := range stream.Tasks {
			if l := g.Loss[t]; l.Weight > 0 {
				b.tasks, b.losses = append(b.tasks, t), append(b.losses, l.Sum/l.Weight)
			}
		}
	}
	b.method.Observe(b.state, b.tasks, b.losses)
}
