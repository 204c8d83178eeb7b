package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/protocol"
	"braid/worker/session"
)

// task is something for the engine: a chunk of parameters to apply or an order to compute.
type task struct {
	with  *prepared
	patch []byte
	sent  gradient.Precision // of the patch
	add   bool               // its numbers are increments
	whole bool               // the parameters are whole with this chunk

	applied func() // is called when the patch is

	order *protocol.Order
	chunk int
}

// engine is the goroutine that owns the model: it does its tasks in order.
type engine struct {
	publish func(frame []byte) error
	event   func(any)
	credit  *credit
	beat    time.Duration

	mu     sync.Mutex
	queue  []task
	wake   chan struct{}
	cancel context.CancelFunc // of the task under way, nil: none

	answers []*answer // of an order's nodes
	out     []byte    // a unit's bytes
	frame   []byte
}

func newEngine(beat time.Duration, publish func([]byte) error, event func(any)) *engine {
	return &engine{beat: beat, publish: publish, event: event, credit: newCredit(), wake: make(chan struct{}, 1)}
}

// add puts a task at the end of the queue.
func (e *engine) add(t task) {
	e.mu.Lock()
	e.queue = append(e.queue, t)
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// stop ends the computing under way and drops what is queued; parameters stay.
func (e *engine) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := e.queue[:0]
	for _, t := range e.queue {
		if t.order == nil {
			kept = append(kept, t)
		}
	}
	e.queue = kept
	if e.cancel != nil {
		e.cancel()
	}
}

// run does tasks until ctx ends.
func (e *engine) run(ctx context.Context) {
	for {
		t, work, ok := e.next(ctx)
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-e.wake:
			}
			continue
		}
		e.do(work, t)
	}
}

func (e *engine) next(ctx context.Context) (t task, work context.Context, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cancel != nil {
		e.cancel()
		e.cancel = nil
	}
	if len(e.queue) == 0 || ctx.Err() != nil {
		return t, nil, false
	}
	t = e.queue[0]
	e.queue = append(e.queue[:0], e.queue[1:]...)
	work, e.cancel = context.WithCancel(ctx)
	return t, work, true
}

func (e *engine) do(ctx context.Context, t task) {
	if t.order == nil {
		e.apply(t)
		return
	}
	err := e.compute(ctx, t)
	if err != nil && ctx.Err() == nil {
		e.event(session.NotComputed{Round: t.order.Round, Why: err})
	}
}

// apply writes a chunk of parameters into the model, and packs what changed with the last.
func (e *engine) apply(t task) {
	p := t.with
	p.patcher.Precision, p.patcher.Add = t.sent, t.add
	_ = p.patcher.Patch(t.patch) // it was checked when it arrived
	if t.whole {
		p.engine.Pack(p.params, p.changed)
		clear(p.changed)
	}
	t.applied()
}

func (e *engine) compute(ctx context.Context, t task) error {
	numbers, err := protocol.Numbers(t.order.Nodes, len(t.order.Nodes)/4)
	if err != nil {
		return err
	}
	if t.order.Kind == protocol.RoundScore {
		return e.score(ctx, t, numbers)
	}
	return e.gradients(ctx, t, numbers)
}

func (e *engine) gradients(ctx context.Context, t task, numbers []uint32) error {
	p, o := t.with, t.order
	begin := time.Now()
	if len(o.Scale) != 4*len(p.job.Tasks) {
		return fmt.Errorf("the order's scale has %d bytes for %d tasks", len(o.Scale), len(p.job.Tasks))
	}
	scale := make([]float32, len(p.job.Tasks))
	gradient.ReadFloats(scale, o.Scale, gradient.F32)
	tree := gradient.Tree{S: p.job.Training.Shards}
	nodes := make([]gradient.Node, len(numbers))
	for i, n := range numbers {
		nodes[i] = gradient.Node(n)
		if !tree.Valid(nodes[i]) {
			return fmt.Errorf("node %d is not in the tree over %d shards", n, tree.S)
		}
	}
	if o.Step >= p.plan.Steps() {
		return fmt.Errorf("step %d of %d", o.Step, p.plan.Steps())
	}
	for len(e.answers) < len(nodes) {
		e.answers = append(e.answers, new(answer))
	}
	for i, n := range numbers {
		e.answers[i].begin(ctx, e, t, n, begin)
	}
	p.plan.Fill(&p.step, o.Step)
	grads, err := p.engine.Gradients(ctx, p.sets, p.step, scale, nodes, func(i int, g *gradient.Gradient, lo, hi int) {
		e.answers[i].ready(g, lo, hi)
	})
	if err != nil {
		return err
	}
	for i, g := range grads {
		defer p.engine.Release(g)
		if err := e.answers[i].writer.End(); err != nil {
			return err
		}
		e.event(session.Sent{Round: o.Round, Number: numbers[i]})
		if !g.Finite() { // behind the answer: the coordinator looks for itself
			e.event(session.NotFinite{Step: o.Step, Number: numbers[i]})
		}
	}
	return nil
}

func (e *engine) score(ctx context.Context, t task, numbers []uint32) error {
	p, o := t.with, t.order
	all := model.Chunks(p.sets, job.Split(o.Split), protocol.UnitExamples)
	begin := time.Now()
	chunks := make([]model.Chunk, len(numbers))
	for i, n := range numbers {
		if int(n) >= len(all) {
			return fmt.Errorf("chunk %d of %d of %s", n, len(all), o.Split)
		}
		chunks[i] = all[n]
	}
	// A few at a time, so that progress shows and a stop is soon.
	for lo := 0; lo < len(chunks); {
		hi := min(lo+4, len(chunks))
		scores, err := p.engine.Scores(ctx, p.sets, chunks[lo:hi])
		if err != nil {
			return err
		}
		for i, s := range scores {
			m := &protocol.Unit{Term: o.Term, Round: o.Round, Unit: numbers[lo+i], Nanos: time.Since(begin).Nanoseconds()}
			e.out = s.AppendBinary(e.out[:0])
			if frame, err := protocol.Append(e.frame[:0], m, e.out); err == nil {
				e.frame = frame
				_ = e.publish(frame)
			}
			e.event(session.Sent{Round: o.Round, Number: m.Unit})
		}
		lo = hi
	}
	return nil
}
