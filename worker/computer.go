package worker

import (
	"context"
	"fmt"
	"time"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/protocol"
	"braid/worker/session"
)

// computer is the goroutine that owns the model: it does the tasks of the assembly in order.
type computer struct {
	params  *assembly
	publish func(frame []byte) error
	event   func(any)
	credit  *credit
	beat    time.Duration

	answers []*answer // of an order's nodes
	out     []byte    // a score's bytes
	frame   []byte
}

// run does tasks until ctx ends.
func (c *computer) run(ctx context.Context) {
	for {
		t, work, ok := c.params.next(ctx)
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-c.params.wake:
			}
			continue
		}
		c.do(work, t)
		c.params.done(t)
	}
}

func (c *computer) do(ctx context.Context, t task) {
	if t.Order == nil {
		t.apply()
		return
	}
	err := c.compute(ctx, t)
	if err != nil && ctx.Err() == nil {
		c.event(session.NotComputed{Term: t.Order.Term, Round: t.Order.Round, Why: err})
	}
}

// apply writes a chunk of parameters into the model. When that makes a version, it packs what changed.
func (t *task) apply() {
	j := t.job
	j.patcher.Precision, j.patcher.Add = t.Params.Precision(j.travels), t.Params.Delta
	_ = j.patcher.Patch(t.Body) // it was checked when it arrived
	if t.Version > 0 {
		j.engine.Pack(j.params, j.changed)
		clear(j.changed)
	}
}

func (c *computer) compute(ctx context.Context, t task) error {
	numbers, err := protocol.Numbers(t.Order.Nodes, len(t.Order.Nodes)/4)
	if err != nil {
		return err
	}
	if t.Order.Kind == protocol.RoundScore {
		return c.score(ctx, t, numbers)
	}
	return c.gradients(ctx, t, numbers)
}

func (c *computer) gradients(ctx context.Context, t task, numbers []uint32) error {
	j, o := t.job, t.Order
	begin := time.Now()
	if len(o.Scale) != 4*len(j.job.Tasks) {
		return fmt.Errorf("the order's scale has %d bytes for %d tasks", len(o.Scale), len(j.job.Tasks))
	}
	scale := make([]float32, len(j.job.Tasks))
	gradient.ReadFloats(scale, o.Scale, gradient.F32)
	if o.Step >= j.plan.Steps() {
		return fmt.Errorf("step %d of %d", o.Step, j.plan.Steps())
	}
	if o.Kind == protocol.RoundMeasure {
		j.plan.FillMeasure(&j.step, o.Step)
	} else {
		j.plan.Fill(&j.step, o.Step)
	}
	tree := model.Tree(j.step)
	nodes := make([]gradient.Node, len(numbers))
	for i, n := range numbers {
		nodes[i] = gradient.Node(n)
		if !tree.Valid(nodes[i]) {
			return fmt.Errorf("node %d is not in the %d trees over %d shards", n, tree.Trees, tree.S)
		}
	}
	for len(c.answers) < len(nodes) {
		c.answers = append(c.answers, new(answer))
	}
	for i, n := range numbers {
		c.answers[i].begin(ctx, c, t, n, begin)
	}
	ready := func(i int, g *gradient.Gradient, r gradient.Range) {
		c.answers[i].write(g, r, j.ranged)
	}
	grads, err := j.engine.Gradients(ctx, j.sets, j.step, scale, nodes, ready)
	if err != nil {
		return err
	}
	for i, g := range grads {
		defer j.engine.Release(g)
		if err := c.answers[i].writer.End(); err != nil {
			return err
		}
		c.event(session.Sent{Term: o.Term, Round: o.Round, Number: numbers[i]})
		if !g.Finite() { // after the answer: the coordinator checks for itself
			c.event(session.NotFinite{Step: o.Step, Number: numbers[i]})
		}
	}
	return nil
}

// scoreBatch is how many blocks are scored together: few, so that progress shows and an interruption is soon.
const scoreBatch = 4

func (c *computer) score(ctx context.Context, t task, numbers []uint32) error {
	j, o := t.job, t.Order
	all := model.ExampleBlocks(j.sets, job.Split(o.Split), model.BlockExamples)
	begin := time.Now()
	chunks := make([]model.ExampleBlock, len(numbers))
	for i, n := range numbers {
		if int(n) >= len(all) {
			return fmt.Errorf("chunk %d of %d of %s", n, len(all), o.Split)
		}
		chunks[i] = all[n]
	}
	for lo := 0; lo < len(chunks); {
		hi := min(lo+scoreBatch, len(chunks))
		scores, err := j.engine.Scores(ctx, j.sets, chunks[lo:hi], o.Outcomes)
		if err != nil {
			return err
		}
		for i, s := range scores {
			m := &protocol.ExampleBlock{Term: o.Term, Round: o.Round, Block: numbers[lo+i],
				Nanos: time.Since(begin).Nanoseconds()}
			c.out = s.AppendBinary(c.out[:0])
			if frame, err := protocol.Append(c.frame[:0], m, c.out); err == nil {
				c.frame = frame
				_ = c.publish(frame)
			}
			c.event(session.Sent{Term: o.Term, Round: o.Round, Number: m.Block})
		}
		lo = hi
	}
	return nil
}
