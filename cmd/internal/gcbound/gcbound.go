// Package gcbound bounds the garbage on the heap of a program by a percentage or by a number of bytes,
// whichever is more.
package gcbound

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Bound is the amount of garbage that may accumulate between two garbage collections: the greater of
// its fields. The default of Go is 100 percent and no number of bytes.
type Bound struct {
	Percent int    // of the live heap
	Bytes   uint64 // absolute
}

// checkEvery is the interval at which Keep reads the size of the live heap.
const checkEvery = time.Second

// Keep adjusts the GC percentage to the size of the live heap until ctx ends. It returns at once if the
// environment sets GOGC.
func (b Bound) Keep(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := b.Percent
	debug.SetGCPercent(percent)
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// SetGCPercent stops the world, so small changes are not applied.
		if want := b.percent(liveHeap()); want < percent*9/10 || want > percent*11/10 {
			percent = want
			debug.SetGCPercent(percent)
		}
	}
}

// percent returns the GC percentage for a live heap of that many bytes.
func (b Bound) percent(live uint64) int {
	return max(b.Percent, int(100*b.Bytes/max(live, 1<<20)))
}

// liveHeap returns the number of live bytes that the last garbage collection found.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
