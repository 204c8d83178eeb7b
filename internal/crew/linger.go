package crew

import (
	"sync/atomic"
	"time"
)

// A new goroutine starts late on another processor: the scheduler keeps it on the processor
// of its creator for about 50 µs. In a small model's step of 1 ms these delays add up to an
// eighth. So a goroutine that has finished spins for spinFor, waiting for work of any crew,
// and then ends.
const (
	spinFor    = 200 * time.Microsecond // longer than the pause between two runs of one step
	maxMisses  = 8                      // consecutive waits without work after which a crew's goroutines stop lingering
	retryEvery = 64                     // after maxMisses, they linger only once in this number of runs
)

var (
	idle     atomic.Int64              // lingering goroutines that are not reserved
	promised = make(chan *member, 256) // work for which a lingering goroutine is reserved
)

// start runs a member's work on a lingering goroutine, or on a new goroutine if none lingers.
// A new goroutine receives its first work directly: if that work went through promised, a
// lingering goroutine that is still counted as idle could take it, and the new goroutine
// would wait forever.
func start(m *member) {
	if promise() {
		promised <- m
	} else {
		go m.serve()
	}
}

// promise reserves one idle goroutine. It reports whether there was one.
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

// serve does the work of m, then any work that arrives within spinFor of the last.
func serve(m *member) {
	for m != nil && m.work() {
		next := linger()
		m.crew.paid(next != nil)
		m = next
	}
}

// linger waits up to spinFor for work. It returns nil if none arrived.
func linger() *member {
	idle.Add(1)
	for begin := time.Now(); time.Since(begin) < spinFor; {
		select {
		case m := <-promised:
			return m
		default:
		}
	}
	if promise() {
		return nil // this goroutine has taken its own place out of idle: no start relies on it
	}
	return <-promised // every idle place is reserved, so work for this goroutine is coming
}

// lingers reports whether a goroutine should linger after this crew's work.
func (c *Crew) lingers() bool {
	return c.misses.Load() > 0 || c.runs.Load()%retryEvery == 0
}

// paid records whether lingering after this crew's work found more work.
func (c *Crew) paid(yes bool) {
	if yes {
		c.misses.Store(maxMisses)
	} else if c.misses.Load() > 0 {
		c.misses.Add(-1)
	}
}
