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

// What waits for a worker's turn. Each worker has queues of its own, one a connection, and a
// goroutine that decodes what is in each of them and hands one message at a time to the loop: a
// worker that sends more than others waits longer, and nobody else does. Chunks obey credit, so a
// queue that is full is a mistake of its worker's.
var (
	controlLimits = transport.Limits{Messages: 1024, Bytes: 4 << 20}
	bulkLimits    = transport.Limits{Messages: 8192, Bytes: 128 << 20}
)

// mailbox receives what one session of a worker sends.
type mailbox struct {
	workers     *workers
	address     protocol.Address
	stop        chan struct{}
	unsubscribe []func()

	mu      sync.Mutex
	damaged budget // frames whose checksum is wrong: a link may flip bits now and then
	frames  budget // all frames
	flooded bool
}

// mail is one message of a worker, decoded.
type mail struct {
	box     *mailbox
	message protocol.Message // or dispatch.Nonsense or dispatch.Flood, in input
	input   any
	body    []byte
}

// openBox listens to a session of a worker. The caller has closed an earlier one's.
func (w *workers) openBox(a protocol.Address) {
	b := &mailbox{workers: w, address: a, stop: make(chan struct{}),
		// A link that damages one frame in 20 is bad and may be honest.
		damaged: budget{burst: 256, perSecond: 4}, frames: budget{burst: 64 << 10, perSecond: 20 << 10}}
	w.boxes[a.Worker] = b
	for _, s := range []struct {
		conn    *transport.Conn
		subject string
		road    protocol.Road
		limits  transport.Limits
	}{{w.conn, w.subject.From(a), protocol.RoadFrom, controlLimits}, {w.bulk, w.subject.Up(a), protocol.RoadUp, bulkLimits}} {
		stop, err := s.conn.SubscribeBounded(s.subject, s.limits,
			func() { go b.flood("its messages fill the queue that it has here") },
			func(r transport.Received) { b.receive(s.road, r) })
		if err != nil {
			w.log.Debug("not subscribed", "subject", s.subject, "error", err) // the connection is closed
			continue
		}
		b.unsubscribe = append(b.unsubscribe, stop)
	}
}

// closeBox stops listening to a worker: its messages do not even reach this program any more.
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
func (b *mailbox) receive(road protocol.Road, r transport.Received) {
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
		b.put(mail{box: b, input: dispatch.Nonsense{Why: err.Error()}})
		return
	case !road.Carries(m):
		b.put(mail{box: b, input: dispatch.Nonsense{Why: fmt.Sprintf("a %T on the subject %s", m, r.Subject)}})
		return
	}
	b.good()
	b.put(mail{box: b, message: m, body: body})
}

// affords spends of a budget.
func (b *mailbox) affords(of *budget) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.flooded && of.spend(time.Now())
}

// good notes a frame that is whole.
func (b *mailbox) good() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.damaged.earn(0.05)
}

// flood tells the loop, once, that this worker is to be kept out.
func (b *mailbox) flood(why string) {
	b.mu.Lock()
	was := b.flooded
	b.flooded = true
	b.mu.Unlock()
	if !was {
		b.put(mail{box: b, input: dispatch.Flood{Why: why}})
	}
}

// put hands a message to the loop. Senders that wait are served in turn, so each worker has a
// message in every round of them.
func (b *mailbox) put(m mail) {
	select {
	case b.workers.mail <- m:
	case <-b.stop:
	case <-b.workers.done:
	}
}
