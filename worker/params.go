package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"braid/gradient"
	"braid/protocol"
	"braid/transport"
	"braid/worker/session"

	"github.com/hashicorp/go-hclog"
)

// parameters takes what arrives of them on the bulk connection's goroutine and hands it to the
// engine, so that decoding delays no heartbeat.
type parameters struct {
	log    hclog.Logger
	engine *engine
	event  func(any)

	unreadable atomic.Uint64 // messages, of any subject, whose checksum is wrong or that make no sense

	mu        sync.Mutex
	intake    session.Intake
	term      uint64
	with      *prepared // nil: chunks are of no use yet
	listening bool      // to the multicast
	applied   protocol.Progress
	unsaid    int // bytes that were applied since the coordinator was last told
	reported  session.Received
}

// begin starts a session.
func (p *parameters) begin(w protocol.Welcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.intake.Reset(w.Term, w.Feed)
	p.term, p.with, p.applied, p.unsaid = w.Term, nil, protocol.Progress{Feed: w.Feed}, 0
}

// use says what model the parameters are for.
func (p *parameters) use(with *prepared) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.with = with
}

// progress is what the coordinator may know.
func (p *parameters) progress() protocol.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	progress := p.applied
	progress.Listening = p.listening
	return progress
}

// listens notes whether the worker gets the multicast.
func (p *parameters) listens(on bool) {
	p.mu.Lock()
	p.listening = on
	p.mu.Unlock()
	p.event(session.Applied{})
}

// compute gives an order to the engine if the parameters are those of its version.
func (p *parameters) compute(o *protocol.Order, chunk int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.with != nil && o.Term == p.term && p.intake.Version() == o.Version {
		p.engine.add(task{with: p.with, order: o, chunk: chunk})
	}
}

// receive takes a message of the bulk connection.
func (p *parameters) receive(r transport.Received) {
	m, body, err := protocol.Decode(r.Data)
	if err != nil {
		// A chunk that is lacking shows by its count.
		p.unreadable.Add(1)
		return
	}
	p.mu.Lock()
	if p.with != nil {
		switch m := m.(type) {
		case *protocol.Params:
			p.take(m, body)
		case *protocol.Position:
			p.intake.Position(m)
		}
	}
	now := session.Received{Term: p.term, Version: p.intake.Version(), Newest: p.intake.Newest(), Lost: p.intake.Lost(), Progress: p.intake.Progress()}
	_, position := m.(*protocol.Position)
	was := p.reported
	p.reported = now
	p.mu.Unlock()
	// Counts alone are no news.
	was.Progress.Count, was.Progress.Seq = now.Progress.Count, now.Progress.Seq
	if now != was {
		p.event(now)
	}
	if position {
		p.event(session.Applied{})
	}
}

// take hands a chunk that counts to the engine.
func (p *parameters) take(m *protocol.Params, body []byte) {
	if !p.intake.Take(m) {
		return
	}
	sent := m.Precision(p.with.travels)
	if err := gradient.CheckPatch(body, &p.with.shape, sent); err != nil {
		p.log.Warn("parameters that cannot be used", "version", m.Version, "error", err)
		p.intake.Lose()
		return
	}
	p.engine.stop() // what it computes with older parameters is of no use
	p.engine.add(task{with: p.with, patch: body, sent: sent, add: m.Delta, whole: p.intake.Version() > 0,
		applied: func() { p.done(m, len(body)) }})
}

// sayBytes is how much is applied before the coordinator is told; a heartbeat tells of less.
const sayBytes = 128 << 10

// done notes that a chunk was applied.
func (p *parameters) done(m *protocol.Params, bytes int) {
	p.mu.Lock()
	if m.Term != p.term {
		p.mu.Unlock()
		return
	}
	if m.Feed == 0 {
		p.applied.Seq = m.Count
	} else if m.Feed != p.applied.Feed {
		p.applied = protocol.Progress{Feed: m.Feed, Count: m.Count}
	} else {
		p.applied.Count = m.Count
	}
	p.unsaid += bytes
	say := p.unsaid >= sayBytes || m.Feed > 0 && m.Last
	if say {
		p.unsaid = 0
	}
	p.mu.Unlock()
	if say {
		p.event(session.Applied{})
	}
}

// listener subscribes to the multicast and ends the subscription, away from the loop: with a busy
// connection either may take a while.
type listener struct {
	inlet   *transport.Inlet
	conn    *transport.Conn
	subject string
	on      chan bool // newest wish
	tell    func(on bool)
}

// want says what is wanted.
func (l *listener) want(on bool) {
	select {
	case <-l.on:
	default:
	}
	l.on <- on
}

const flushPatience = 10 * time.Second

// run does it until ctx ends.
func (l *listener) run(ctx context.Context) {
	var stop func()
	for {
		select {
		case <-ctx.Done():
			return
		case on := <-l.on:
			if on && stop == nil {
				stop, _ = l.inlet.Subscribe(l.subject)
			} else if !on && stop != nil {
				stop()
				stop = nil
			}
		}
		flushing, done := context.WithTimeout(ctx, flushPatience)
		err := l.conn.Flush(flushing)
		done()
		// Where it failed the coordinator wishes again.
		l.tell(stop != nil && err == nil)
	}
}
