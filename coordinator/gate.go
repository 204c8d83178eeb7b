package coordinator

import (
	"errors"
	"sync"
	"time"

	"braid/coordinator/dispatch"
	"braid/protocol"
	"braid/transport"
)

// Limits of requests to join: the queue of the loop, the rate that the loop accepts, and the rate that is
// decoded at all. An honest worker repeats its request every half second, so that any request may be dropped.
const (
	joinQueue      = 1024
	joinsAtOnce    = 1024
	joinsPerSecond = 400
	joinReads      = 2048
	readsPerSecond = 8192
)

// arrived is a Hello that passed the gate.
type arrived struct {
	worker string
	hello  *protocol.Hello
}

// gate receives requests to join, which anybody may send. Above its rate it unsubscribes for a short time, so
// that the server sends nothing on that subject.
type gate struct {
	workers *workers

	mu          sync.Mutex
	unsubscribe func() // nil while the gate is closed
	over        bool
	reads       budget
	admits      budget
}

// openGate starts a gate.
func (w *workers) openGate() (stop func(), err error) {
	g := &gate{workers: w, reads: budget{burst: joinReads, perSecond: readsPerSecond},
		admits: budget{burst: joinsAtOnce, perSecond: joinsPerSecond}}
	return g.stop, g.open()
}

func (g *gate) open() (err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return nil
	}
	g.unsubscribe, err = g.workers.joins.SubscribeBounded(g.workers.subject.Join("*"),
		transport.Limits{Messages: joinReads, Bytes: 4 << 20}, nil, g.receive)
	return err
}

func (g *gate) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.unsubscribe != nil {
		g.unsubscribe()
		g.unsubscribe = nil
	}
}

// mayRead reports whether one more message may be decoded. If not, it closes the gate for a short time.
func (g *gate) mayRead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.unsubscribe == nil {
		return false
	}
	if g.reads.spend(now) {
		return true
	}
	g.workers.stats.gateClosed.Add(1)
	g.unsubscribe()
	g.unsubscribe = nil
	time.AfterFunc(g.reads.until(0.5), func() {
		if err := g.open(); err != nil {
			g.workers.log.Debug("the gate does not open", "error", err) // the connection is closed
		}
	})
	return false
}

// receive runs on the subscription's goroutine.
func (g *gate) receive(r transport.Received) {
	if !g.mayRead() {
		return
	}
	worker := g.workers.subject.Joins(r.Subject)
	if worker == "" {
		return
	}
	m, _, err := protocol.Decode(r.Data)
	h, ok := m.(*protocol.Hello)
	var version *protocol.VersionError
	switch {
	case errors.As(err, &version):
		// The worker reads this program's version in the next Lead and exits with an error.
		g.workers.stats.refused.Add(1)
		g.tell(worker, "a worker of another release wants to join: ", err.Error())
	case err != nil || !ok || !(protocol.Address{Worker: worker, Session: h.Session}).Valid():
		// The sender is unknown, since anybody can use a name: no worker is blamed.
		g.workers.stats.refused.Add(1)
		g.tell(worker, "a request to join that makes no sense, under the name ", worker)
	case !g.mayAdmit():
		g.workers.stats.crowded.Add(1)
	default:
		select {
		case g.workers.hellos <- arrived{worker, h}:
		default:
			g.workers.stats.crowded.Add(1)
		}
	}
}

func (g *gate) mayAdmit() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.admits.spend(time.Now())
}

// tell makes the loop log a line, unless its queue is full.
func (g *gate) tell(worker, kind, rest string) {
	select {
	case g.workers.mail <- mail{input: dispatch.Say{Warn: true, Kind: kind, Text: kind + rest}}:
	default:
	}
}
