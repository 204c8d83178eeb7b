package mtl

// UWSO is uncertainty weighting in closed form: factors are softmax((1/L)/Temperature), with the sum T. L_t is an
// exponential mean of the task's losses with the share Smoothing of the old mean, as a step of sampled mode has one
// task's loss. Factors are 1 until every task has a loss. Temperature toward infinity gives equal factors; toward 0 the
// task with the smallest loss is trained alone.
// Source: Kirchdorfer et al. 2024 (arXiv 2408.07985), equation of UW-SO; there the sum is 1.
type UWSO struct{ Temperature, Smoothing float64 }

// Start returns no losses.
func (UWSO) Start(n int) []float64 { return startSmoothed(n) }

// Factors sets dst.
func (u UWSO) Factors(dst, state []float64, _ uint64) {
	fill(dst, 1)
	if !smoothed(state).known() {
		return
	}
	x := make([]float64, len(state))
	for t, l := range state {
		x[t] = 1 / float64((l+logFloor)*u.Temperature)
	}
	copy(dst, times(float64(len(x)), softmax(x)))
	bound(dst)
}

// Observe updates the means.
func (u UWSO) Observe(state []float64, tasks []int, losses []float64) {
	smoothed(state).observe(tasks, losses, u.Smoothing)
}
