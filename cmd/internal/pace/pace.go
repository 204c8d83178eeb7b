// Package pace bounds the garbage that a program lets pile up by what it can afford.
package pace

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Bound is how much garbage may lie about before the collector comes. Go's own is as much
// as lives, however little or much that is.
type Bound struct {
	Percent int    // of what lives,
	Bytes   uint64 // or so much, if that is more
}

// Keep keeps the bound in step with what lives, until ctx ends; whoever sets GOGC has
// decided otherwise.
func (b Bound) Keep(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := b.Percent
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
		if want := b.percent(living()); want < percent*9/10 || want > percent*11/10 {
			percent = want
			debug.SetGCPercent(percent)
		}
	}
}

// percent is that for so many bytes that live.
func (b Bound) percent(live uint64) int {
	return max(b.Percent, int(100*b.Bytes/max(live, 1<<20)))
}

// living is what the last collection found.
func living() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
