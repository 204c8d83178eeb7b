package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A worker's memory is what lives, and garbage that the collector has not come to yet: Go
// lets as much pile up as lives. Most of what lives are numbers, which the collector need
// not read, so that it may come sooner: each time costs a millisecond of one core at 45 MB.
const (
	garbagePercent = 25      // of what lives,
	garbageBytes   = 8 << 20 // or so much: of a small model a quarter is a few steps' messages, and a fifth of the speed
)

// pace keeps the bound on garbage in step with what lives, until ctx ends; whoever sets
// GOGC has decided otherwise.
func pace(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := garbagePercent
	debug.SetGCPercent(percent)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// Setting it stops the world for a moment: only where it makes a difference.
		if want := garbage(living()); want < percent*9/10 || want > percent*11/10 {
			percent = want
			debug.SetGCPercent(percent)
		}
	}
}

// garbage is the percentage for so many bytes that live.
func garbage(live uint64) int {
	return max(garbagePercent, int(100*garbageBytes/max(live, 1<<20)))
}

// living is what the last collection found.
func living() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
