package coordinator

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"braid/coordinator/dispatch"
	"braid/protocol"
	"braid/transport"
)

// Limits of a worker's queues. Each worker has a queue per connection, and each queue a goroutine that decodes
// messages and passes one at a time to the loop. A worker that sends more than others therefore delays only
// itself. Chunks obey credit, so a full queue is a fault of its worker.
var (
	controlLimits = transport.Limits{Messages: 1024, Bytes: 4 << 20}
	bulkLimits    = transport.Limits{Messages: 8192, Bytes: 128 << 20}
)

// mailbox receives the messages of one session of a worker.
type mailbox struct {
	workers     *workers
	address     protocol.Address
	stop        chan struct{}
	unsubscribe []func()

	mu      sync.Mutex
	damaged budget // frames with a wrong checksum: a link may flip bits occasionally
	frames  budget // all frames
	flooded bool
}

// mail is one message of a worker, decoded.
type mail struct {
	box     *mailbox
	message protocol.Message // or dispatch.ProtocolViolation or dispatch.Flood, in input
	input   any
	body    []byte
}

// openBox subscribes to a session of a worker. The box of an earlier session must be closed.
func (w *workers) openBox(a protocol.Address) {
	b := &mailbox{workers: w, address: a, stop: make(chan struct{}),
		// A bad link may damage one frame in 20.
		damaged: budget{burst: 256, perSecond: 4}, frames: budget{burst: 64 << 10, perSecond: 20 << 10}}
	w.boxes[a.Worker] = b
	for _, s := range []struct {
		conn    *transport.Conn
		subject string
		channel protocol.Channel
		limits  transport.Limits
	}{{w.conn, w.subject.From(a), protocol.ChannelFrom, controlLimits}, {w.bulk, w.subject.Up(a), protocol.ChannelUp,
		bulkLimits}} {
		stop, err := s.conn.SubscribeBounded(s.subject, s.limits,
			func() { go b.flood("its messages fill the queue that it has here") },
			func(r transport.Received) { b.receive(s.channel, r) })
		if err != nil {
			w.log.Debug("not subscribed", "subject", s.subject, "error", err) // the connection is closed
			continue
		}
		b.unsubscribe = append(b.unsubscribe, stop)
	}
}

// closeBox unsubscribes from a worker, so that its messages no longer reach this program.
func (w *workers) closeBox(worker string) {
	b := w.boxes[worker]
	if b == nil {
		return
	}
	delete(w.boxes, worker)
	close(b.stop)
	for _, stop := range b.unsubscribe {
		stop()
	}
}

func (w *workers) closeBoxes() {
	for worker := range w.boxes {
		w.closeBox(worker)
	}
}

// receive decodes a frame, on the subscription's own goroutine.
func (b *mailbox) receive(channel protocol.Channel, r transport.Received) {
	if !b.affords(&b.frames) {
		b.flood("more messages than any worker has reason to send")
		return
	}
	m, body, err := protocol.Decode(r.Data)
	switch {
	case errors.Is(err, protocol.ErrDamaged):
		b.workers.stats.damaged.Add(1)
		if !b.affords(&b.damaged) {
			b.flood("more damaged messages than a bad link explains")
		}
		return
	case err != nil:
		b.put(mail{box: b, input: dispatch.ProtocolViolation{Why: err.Error()}})
		return
	case !channel.Carries(m):
		b.put(mail{box: b, input: dispatch.ProtocolViolation{Why: fmt.Sprintf("a %T on the subject %s", m, r.Subject)}})
		return
	}
	b.good()
	b.put(mail{box: b, message: m, body: body})
}

// affords spends one token of a budget, and reports whether there was one.
func (b *mailbox) affords(of *budget) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.flooded && of.spend(time.Now())
}

// good notes an undamaged frame.
func (b *mailbox) good() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.damaged.earn(0.05)
}

// flood makes the loop suspend this worker. Only the first call has an effect.
func (b *mailbox) flood(why string) {
	b.mu.Lock()
	was := b.flooded
	b.flooded = true
	b.mu.Unlock()
	if !was {
		b.put(mail{box: b, input: dispatch.Flood{Why: why}})
	}
}

// put passes a message to the loop. Waiting senders are served in turn.
func (b *mailbox) put(m mail) {
	select {
	case b.workers.mail <- m:
	case <-b.stop:
	case <-b.workers.done:
	}
}
