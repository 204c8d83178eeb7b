package crew

import (
	"sync/atomic"
	"time"
)

// A new goroutine reaches another processor late: the scheduler leaves it to the one that
// made it for some 50 µs. In a small model's step of 1 ms that were an eighth. So a goroutine
// that is done looks out for more work, of any crew, for a moment, and then ends.
const (
	moment   = 200 * time.Microsecond // more than lies between two works of one step
	patience = 8                      // moments in vain, one after the other, until a crew's members no longer linger,
	again    = 64                     // but for one run in so many
)

var (
	idle     atomic.Int64              // goroutines that look out and are not promised any work
	promised = make(chan *member, 256) // work for which one of them has been taken out of idle
)

// start has a member work, on a goroutine that lingers if there is one. A new goroutine gets
// its first work directly: if that work went through promised, a lingering goroutine that is
// still counted as idle could take it, and the new one would wait for ever.
func start(m *member) {
	if promise() {
		promised <- m
	} else {
		go m.serve()
	}
}

// promise takes one of the idle goroutines, if there is one.
func promise() bool {
	for {
		n := idle.Load()
		if n == 0 {
			return false
		}
		if idle.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// serve does a member's work, and any work that comes within a moment of it.
func serve(m *member) {
	for m != nil && m.work() {
		next := linger()
		m.crew.paid(next != nil)
		m = next
	}
}

// linger waits a moment for work; nil: none came.
func linger() *member {
	idle.Add(1)
	for begin := time.Now(); time.Since(begin) < moment; {
		select {
		case m := <-promised:
			return m
		default:
		}
	}
	if promise() {
		return nil // and nobody else can count on this goroutine
	}
	return <-promised // somebody did in the meantime
}

// lingers says whether it is worth while after this crew's work.
func (c *Crew) lingers() bool {
	return c.patience.Load() > 0 || c.runs.Load()%again == 0
}

// paid notes whether it was.
func (c *Crew) paid(yes bool) {
	if yes {
		c.patience.Store(patience)
	} else if c.patience.Load() > 0 {
		c.patience.Add(-1)
	}
}
