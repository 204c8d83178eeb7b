package coordinator

import (
	"sync/atomic"

	"braid/coordinator/dispatch"
)

// stats are the counters of a fleet. Any goroutine may read them at any time.
type stats struct {
	workers, rounds, unsaved                            atomic.Int64
	refused, damaged, crowded, gateClosed, late, unsent atomic.Int64

	dispatch atomic.Pointer[dispatch.Counters] // nil before the first tick
	times    times

	feeds, lagged, patchBytes, sending atomic.Int64 // of the publisher; sending in nanoseconds
}

// count copies the counters of the machine and of the publisher, which belong to the loop.
func (w *workers) count() {
	c := w.machine.Counters
	w.stats.dispatch.Store(&c)
	p := w.publisher.counters()
	w.stats.feeds.Store(int64(p.Feeds))
	w.stats.lagged.Store(int64(p.Lagged))
	w.stats.patchBytes.Store(w.publisher.bytes.Load())
	w.stats.sending.Store(w.publisher.nanos.Load())
}
