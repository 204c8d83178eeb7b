package mtl

import "braid/internal/kernel"

// GLS descends on the geometric mean of the losses: factors are GLS/L_t, T times the derivatives of (Π L_t)^(1/T). L_t
// is an exponential mean as in UWSO. Factors are 1 until every task has a loss.
// Source: Chennupati et al. 2019 (arXiv 1904.08492).
type GLS struct{ Smoothing float64 }

// Start returns no losses.
func (GLS) Start(n int) []float64 { return startSmoothed(n) }

// Factors sets dst.
func (GLS) Factors(dst, state []float64, _ uint64) {
	fill(dst, 1)
	if !smoothed(state).known() {
		return
	}
	logs := make([]float64, len(state))
	for t, l := range state {
		logs[t] = kernel.Log64(l + logFloor)
	}
	mean := sum(logs) / float64(len(logs))
	for t, l := range logs {
		dst[t] = kernel.Exp64(mean - l)
	}
	bound(dst)
}

// Observe updates the means.
func (m GLS) Observe(state []float64, tasks []int, losses []float64) {
	smoothed(state).observe(tasks, losses, m.Smoothing)
}
