package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/run"
)

// Replay takes steps of a training again, in this process, and writes nothing. It stands
// before some step; evaluations and early stopping are no part of it, since no step
// depends on them.
type Replay struct {
	stepper *stepper
	fleet   *local
	step    uint64 // steps done
}

// NewReplay stands before the first step.
func NewReplay(j *job.Job, p *data.Prepared, threads int) (*Replay, error) {
	fleet := Local(model.New(ModelSpec(j, p)), p.Sets, threads).(*local)
	s, err := newStepper(Config{Job: j, Data: p, Fleet: fleet, Threads: threads})
	if err != nil {
		return nil, err
	}
	return &Replay{stepper: s, fleet: fleet}, nil
}

// Rewind goes to the newest sound checkpoint of a run that is not after a step, and stays
// at the start if there is none. What is torn or altered is skipped, and skipped is called
// with why. A checkpoint of other data or rules is an error. It must be called before any Next.
func (r *Replay) Rewind(v run.Reader, step uint64, skipped func(step uint64, why error)) error {
	steps, err := v.Steps()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s := r.stepper
	for _, at := range slices.Backward(steps) {
		if at > step || at == 0 {
			continue
		}
		c := &run.Checkpoint{Params: s.params.Clone(), Optimizer: s.optimizer.State().Clone()}
		err := v.Load(at, c)
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

// Step is how many steps are done.
func (r *Replay) Step() uint64 { return r.step }

// Steps is how many the training has.
func (r *Replay) Steps() uint64 { return r.stepper.plan.Steps() }

// Next takes the next step and returns what a training would have recorded.
func (r *Replay) Next(ctx context.Context) (run.Metric, error) {
	if r.step >= r.Steps() {
		return run.Metric{}, fmt.Errorf("there is no step %d: the training has %d", r.step+1, r.Steps())
	}
	t, err := r.stepper.take(ctx, r.step, nil)
	if err != nil {
		return run.Metric{}, err
	}
	r.step++
	line := *t.line
	line.Tasks, line.Loss = slices.Clone(line.Tasks), maps.Clone(line.Loss)
	line.Clean()
	return line, nil
}

// Checkpoint is the state after the steps done, in the replay's own memory.
func (r *Replay) Checkpoint() *run.Checkpoint {
	return &run.Checkpoint{State: run.State{Step: r.step}, Params: r.stepper.params, Optimizer: r.stepper.optimizer.State()}
}

// Shape is the shape of the gradients.
func (r *Replay) Shape() gradient.Shape { return r.stepper.arch.Shape() }

// Shards computes the next step's gradient shard by shard, as the leaves of its tree, and
// takes no step. A gradient is valid until visit returns.
func (r *Replay) Shards(ctx context.Context, visit func(shard int, g *gradient.Gradient)) error {
	work := r.stepper.work(r.stepper.plan.At(r.step))
	tree := gradient.Tree{S: len(work.Step.Streams[0].Shards)}
	engine := r.fleet.engine
	engine.Pack(work.Params, nil)
	for shard := range tree.S {
		nodes, err := engine.Gradients(ctx, r.fleet.sets, work.Step, work.Scale, []gradient.Node{tree.Leaf(shard)}, nil)
		if err != nil {
			return err
		}
		visit(shard, nodes[0])
		engine.Release(nodes[0])
	}
	return nil
}
