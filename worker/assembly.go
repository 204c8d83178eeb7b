package worker

import (
	"context"
	"sync"
	"sync/atomic"

	"braid/gradient"
	"braid/protocol"
	"braid/transport"
	"braid/worker/session"

	"github.com/hashicorp/go-hclog"
)

// assembly drives a session.Assembly. The goroutine of the bulk connection adds chunks, so that decoding delays no
// heartbeat; the loop adds orders; the computer takes tasks.
type assembly struct {
	log   hclog.Logger
	event func(any)

	unreadable atomic.Uint64 // messages, of any subject, that are damaged or malformed

	mu     sync.Mutex
	pure   session.Assembly
	job    *jobState          // nil: not fetched yet
	chunk  int                // bytes of a chunk of an answer
	cancel context.CancelFunc // of the current task, nil: none

	wake chan struct{} // signals that there may be a task
}

// task is a task of the computer, with the job that it belongs to.
type task struct {
	session.Task
	job   *jobState
	chunk int // bytes
}

func newAssembly(log hclog.Logger, event func(any)) *assembly {
	return &assembly{log: log, event: event, wake: make(chan struct{}, 1)}
}

// do calls the Assembly under the lock, and carries out the outcome.
func (a *assembly) do(f func() session.Outcome) {
	a.mu.Lock()
	o := f()
	if o.Interrupt && a.cancel != nil {
		a.cancel()
	}
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
	if o.Unusable != nil {
		a.log.Warn("parameters that cannot be used", "error", o.Unusable)
	}
	if o.Changed {
		a.event(session.Changed{})
	}
	if o.Acknowledge {
		a.event(session.Acknowledge{})
	}
}

// begin starts the session of a Welcome.
func (a *assembly) begin(w protocol.Welcome) {
	a.do(func() session.Outcome {
		a.job, a.chunk = nil, int(min(w.Chunk, protocol.MaxChunk))
		return a.pure.Reset(&w)
	})
}

// use sets the job that the parameters belong to.
func (a *assembly) use(j *jobState) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.job = j
	a.pure.Use(func(p *protocol.Params, body []byte) error {
		return gradient.CheckPatch(body, &j.shape, p.Precision(j.travels))
	})
}

// state returns the state for session.Local.
func (a *assembly) state() (session.Received, protocol.Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pure.Received(), a.pure.Applied()
}

// listens notes whether the worker gets the multicast.
func (a *assembly) listens(on bool) { a.do(func() session.Outcome { return a.pure.Listening(on) }) }

// compute queues an order.
func (a *assembly) compute(o *protocol.Order) {
	a.do(func() session.Outcome {
		a.pure.Compute(o)
		return session.Outcome{}
	})
}

// stop drops all orders.
func (a *assembly) stop() { a.do(a.pure.Cancel) }

// receive takes a message of the bulk connection.
func (a *assembly) receive(r transport.Received) {
	m, body, err := protocol.Decode(r.Data)
	if err != nil {
		a.unreadable.Add(1) // the count of the next chunk shows that one is missing
		return
	}
	switch m := m.(type) {
	case *protocol.Params:
		a.do(func() session.Outcome { return a.pure.Chunk(m, body) })
	case *protocol.Position:
		a.do(func() session.Outcome { return a.pure.Position(m) })
	}
}

// next returns the next task and a context that ends when the task is obsolete.
func (a *assembly) next(ctx context.Context) (t task, work context.Context, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel != nil {
		a.cancel()
		a.cancel = nil
	}
	if ctx.Err() != nil {
		return t, nil, false
	}
	if t.Task, ok = a.pure.Next(); !ok {
		return t, nil, false
	}
	t.job, t.chunk = a.job, a.chunk
	work, a.cancel = context.WithCancel(ctx)
	return t, work, true
}

// done notes that a task is done.
func (a *assembly) done(t task) { a.do(func() session.Outcome { return a.pure.Done(t.Task) }) }
