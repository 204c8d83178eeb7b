package kernel

import (
	"slices"
	"time"
)

// peakSteps is the number of steps between two readings of the clock, about
// 0.25 ms with a vector form.
const peakSteps = 1 << 16

// Peak measures for duration d the highest speed of one core with the form in
// use: a loop of independent chains of fused multiply-adds in registers, which
// never waits for memory. The result is in GFLOP/s, counting two operations per
// multiply-add. It is the median of short intervals, so that occasional
// interruptions do not count. If several goroutines measure at once, the result
// includes the sharing of a core between threads and the lower clock under load.
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

// peakGo runs n steps of peakChainsGo independent chains.
func peakGo(n int) {
	var acc [peakChainsGo]float32
	for range n {
		for i := range acc {
			acc[i] = fma32(acc[i], 0.5, 1)
		}
	}
	if acc[0] < 0 {
		panic("kernel: a sum of positive numbers is negative") // keeps the compiler from removing the loop
	}
}
