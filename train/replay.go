package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"braid/gradient"
	"braid/model"
	"braid/run"
)

// Replay repeats steps of a training in this process. It writes nothing. It makes no evaluations and does not stop
// early, because steps do not depend on evaluations.
type Replay struct {
	stepper *stepper
	fleet   *local
	step    uint64 // steps done
}

// NewReplay returns a replay before the first step.
func NewReplay(s *Setup, threads int) *Replay {
	fleet := s.Local(threads).(*local)
	return &Replay{stepper: newStepper(Config{Setup: s, Fleet: fleet, Threads: threads}), fleet: fleet}
}

// Rewind restores the newest sound checkpoint of a run that is not after a step; if there is none, the replay stays
// before the first step. It calls skipped for each checkpoint that is torn or altered. It returns an error for a
// checkpoint of other data or other rules. It must not be called after Next.
func (r *Replay) Rewind(reader run.Reader, step uint64, skipped func(step uint64, why error)) error {
	steps, err := reader.Steps()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s := r.stepper
	for _, at := range slices.Backward(steps) {
		if at > step || at == 0 {
			continue
		}
		c := s.newCheckpoint()
		err := reader.Load(at, c)
		if err == nil {
			err = s.restore(c)
		}
		if err == nil {
			r.step = at
			return nil
		}
		if run.IsForeign(err) {
			return err
		}
		skipped(at, err)
	}
	return nil
}

// Step returns the number of steps done.
func (r *Replay) Step() uint64 { return r.step }

// Steps returns the number of steps of the training.
func (r *Replay) Steps() uint64 { return r.stepper.Plan.Steps() }

// Next takes the next step and returns the record that a training would write.
func (r *Replay) Next(ctx context.Context) (run.Metric, error) {
	if r.step >= r.Steps() {
		return run.Metric{}, fmt.Errorf("there is no step %d: the training has %d", r.step+1, r.Steps())
	}
	if r.stepper.conflict.sampled() && r.stepper.plan.MeasureDue(r.step) {
		if _, err := r.stepper.measureGradients(ctx, r.step, nil); err != nil {
			return run.Metric{}, err
		}
	}
	t, err := r.stepper.take(ctx, r.step, nil)
	if err != nil {
		return run.Metric{}, err
	}
	r.step++
	line := *t.line
	line.Tasks, line.Loss, line.Factors = slices.Clone(line.Tasks), maps.Clone(line.Loss), maps.Clone(line.Factors)
	line.Clean()
	return line, nil
}

// Checkpoint returns the state after the steps done. It shares the replay's memory.
func (r *Replay) Checkpoint() *run.Checkpoint {
	return r.stepper.checkpoint(r.step)
}

// Shape returns the shape of the gradients.
func (r *Replay) Shape() gradient.Shape { return r.stepper.Arch.Shape() }

// Shards computes the gradient of the next step shard by shard, as the leaves of the gradient trees, without taking
// the step. The trees of an apart step follow each other. A gradient is valid until visit returns.
func (r *Replay) Shards(ctx context.Context, visit func(shard int, g *gradient.Gradient)) error {
	work := r.stepper.work(r.stepper.plan.At(r.step))
	tree := model.Tree(work.Step)
	engine := r.fleet.engine
	engine.Pack(work.Params, nil)
	for unit := range tree.Units() {
		nodes, err := engine.Gradients(ctx, r.fleet.sets, work.Step, work.Scale, []gradient.Node{tree.Leaf(unit)}, nil)
		if err != nil {
			return err
		}
		visit(unit%tree.S, nodes[0])
		engine.Release(nodes[0])
	}
	return nil
}
