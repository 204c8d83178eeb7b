package train

import (
	"cmp"
	"errors"
	"fmt"

	"braid/gradient"
	"braid/nn"
	"braid/nn/optim"
	"braid/plan"
	"braid/run"
)

// stepper holds parameters and optimiser, and takes steps. Everything that decides the result is here, for
// training and for replays.
type stepper struct {
	Config
	plan      *plan.Planner
	params    *nn.ParamSet
	optimizer *optim.Optimizer
	scaler    *optim.Scaler
	rate      func(step uint64) float64 // factor on the learning rate
	changes   *changes
	slots     slotFactors
	balance   *balance
	conflict  *conflict
	scale     []float32 // by task: see Work.Scale
	next      plan.Step // the current step
	line      run.Metric
	measurer  measurer
}

// newStepper returns a stepper with initial parameters, before the first step.
func newStepper(c Config) *stepper {
	t := c.Job.Training
	s := &stepper{
		Config: c, plan: c.Plan.Clone(), params: c.Arch.Start(),
		scaler: optim.NewScaler(c.Threads),
		rate: optim.Schedule(t.Schedule.Kind, t.Schedule.Warmup, int(c.Plan.Steps()),
			cmp.Or(t.Schedule.Every, int(c.Plan.StepsPerEpoch())), t.Schedule.Gamma),
		scale:    make([]float32, len(c.Job.Tasks)),
		line:     run.Metric{Loss: map[string]float64{}},
		slots:    newSlotFactors(c.Arch),
		balance:  newBalance(c),
		conflict: newConflict(c),
	}
	s.newOptimizer()
	return s
}

// newOptimizer replaces the optimiser by one without state.
func (s *stepper) newOptimizer() {
	s.optimizer = optim.New(optimConfig(s.Config), s.params)
	s.changes = newChanges(s.Arch.Shape(), s.Arch.ParamShape(), s.denseRows(), s.optimizer.Sent())
}

// denseRows reports whether updates change all rows of a table, and not only those with a gradient.
func (c Config) denseRows() bool { return c.Job.Encoder.Word.Update == "dense" }

// averaging is the mean of the parameters that evaluations and the model use.
func (c Config) averaging() optim.Averaging {
	a := c.Job.Training.Average
	return optim.Averaging{Decay: a.Decay, From: uint64(a.From)}
}

func optimConfig(c Config) optim.Config {
	o := c.Job.Training.Optimizer
	return optim.Config{
		Kind: o.Kind, LR: o.LR, Momentum: o.Momentum, Nesterov: o.Nesterov,
		Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Alpha: o.Alpha, WeightDecay: o.WeightDecay,
		Average: c.averaging(), Dense: c.denseRows(), Threads: c.Threads, Shape: c.Arch.Shape(),
		Precision: gradient.ParsePrecision(c.Job.Training.Precision),
	}
}

// checkpoint returns the state after a number of steps, without the scalars of a run. It shares the stepper's
// memory.
func (s *stepper) checkpoint(step uint64) *run.Checkpoint {
	return &run.Checkpoint{State: run.State{Step: step, Methods: s.methods()}, Params: s.params,
		Optimizer: s.memory()}
}

// methods returns the state of the methods that balance tasks, or nil if there is none. It shares the stepper's
// memory.
func (s *stepper) methods() map[string][]float64 {
	methods := map[string][]float64{}
	s.balance.save(methods)
	s.conflict.save(methods)
	if len(methods) == 0 {
		return nil
	}
	return methods
}

// memory returns the state of the optimiser and the momenta of training.conflict.
func (s *stepper) memory() optim.State { return s.conflict.with(s.optimizer.State()) }

// newCheckpoint returns a checkpoint of the right shapes, to load into.
func (s *stepper) newCheckpoint() *run.Checkpoint {
	return &run.Checkpoint{Params: s.params.Clone(), Optimizer: s.memory().Clone()}
}

// restore sets parameters and optimiser to those of a checkpoint.
func (s *stepper) restore(c *run.Checkpoint) error {
	if err := s.optimizer.Restore(s.conflict.without(c.Optimizer)); err != nil {
		return fmt.Errorf("checkpoint of step %d: %w", c.Step, err)
	}
	if err := errors.Join(s.balance.restore(c.Methods), s.conflict.restore(c.Methods, c.Optimizer)); err != nil {
		return fmt.Errorf("checkpoint of step %d: %w", c.Step, err)
	}
	s.params.CopyFrom(c.Params)
	s.changes.all()
	return nil
}
