package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"braid/gradient"
	"braid/model"
	"braid/protocol"
	"braid/worker/session"
)

// task is something for the engine: parameters to apply or an order to compute.
type task struct {
	with    *prepared
	patch   []byte
	release func() // of the patch
	order   *protocol.Order
	chunk   int
}

// engine is the goroutine that owns the model: it does its tasks in order.
type engine struct {
	publish func(frame []byte) error
	event   func(any)
	credit  *credit

	mu     sync.Mutex
	queue  []task
	wake   chan struct{}
	cancel context.CancelFunc // of the task under way, nil: none

	out   []byte // a node's bytes, or a unit's
	frame []byte
}

func newEngine(publish func([]byte) error, event func(any)) *engine {
	return &engine{publish: publish, event: event, credit: newCredit(), wake: make(chan struct{}, 1)}
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

// apply writes parameters into the model and packs what changed.
func (e *engine) apply(t task) {
	p := t.with
	changed := make([]bool, len(p.shapes))
	// The patch was checked when it arrived.
	_ = protocol.ApplyPatch(t.patch, p.shapes, func(group int) []float32 {
		changed[group] = true
		return p.model.Params.Groups[group].Data
	})
	t.release()
	p.engine.Pack(p.model.Params, changed)
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
	protocol.Floats(scale, o.Scale)
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
	grads, err := p.engine.Gradients(ctx, p.sets, p.plan.At(o.Step), scale, nodes, nil)
	if err != nil {
		return err
	}
	for i, g := range grads {
		e.out = g.AppendBinary(append(e.out[:0], room[:]...), gradient.ParsePrecision(p.job.Cluster.Precision))
		p.engine.Release(g)
		if err := e.send(ctx, t, numbers[i], time.Since(begin)); err != nil {
			return err
		}
	}
	return nil
}

// send sends e.out, which begins after protocol.Room bytes, as a node's gradient, chunk by
// chunk against credit.
func (e *engine) send(ctx context.Context, t task, node uint32, took time.Duration) error {
	o, whole := t.order, e.out[protocol.Room:]
	for i := range protocol.Parts(len(whole), t.chunk) {
		if err := e.credit.take(ctx); err != nil {
			return err
		}
		part, body := protocol.Split(whole, t.chunk, i)
		m := &protocol.Node{Term: o.Term, Round: o.Round, Step: o.Step, Node: node, Part: part, Nanos: took.Nanoseconds()}
		lo := protocol.Room + i*t.chunk
		// A chunk that cannot be sent is lost, as one that is lost on the way: the
		// coordinator asks again.
		_ = protocol.Window(e.out, lo, lo+len(body), m, e.publish)
	}
	e.event(session.Sent{Round: o.Round, Number: node})
	return nil
}

// room lies before a gradient, so that its chunks are framed where they lie.
var room [protocol.Room]byte

func (e *engine) score(ctx context.Context, t task, numbers []uint32) error {
	p, o := t.with, t.order
	all := model.Chunks(p.sets, o.Split, protocol.UnitExamples)
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
