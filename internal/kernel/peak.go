package kernel

import (
	"slices"
	"time"
)

// peakSteps is a quarter of a millisecond with a vector form: how often Peak
// looks at the clock.
const peakSteps = 1 << 16

// Peak measures for so long what a core can do at best with the form in use: a
// loop of independent chains of fused multiply-adds in registers, which waits
// for no memory. It returns the median of short pieces, so that what else runs
// now and then does not count; in GFLOP/s, two operations a multiply-add.
// Goroutines that measure at once have what two threads of a core share, or
// what a clock loses under load, in their figures.
func Peak(d time.Duration) float64 {
	var pieces []time.Duration
	for begin, start := time.Now(), time.Now(); ; {
		active.peak(peakSteps)
		now := time.Now()
		pieces = append(pieces, now.Sub(start))
		if now.Sub(begin) >= d {
			break
		}
		start = now
	}
	slices.Sort(pieces)
	return float64(peakSteps*active.peakFlops) / float64(max(pieces[len(pieces)/2], 1))
}

const (
	peakChainsGo = 4
	peakFlopsGo  = 2 * peakChainsGo
)

// peakGo runs n steps of a few independent chains.
func peakGo(n int) {
	var acc [peakChainsGo]float32
	for range n {
		for i := range acc {
			acc[i] = fma32(acc[i], 0.5, 1)
		}
	}
	if acc[0] < 0 {
		panic("kernel: a sum of positive numbers is negative") // keeps the loop
	}
}
