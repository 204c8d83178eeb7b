package mtl

// DWA (dynamic weight average) compares the mean losses of the last two windows of Every steps: factors are
// softmax(r/Temperature), with the sum T, where r_t is the last mean by the one before. They are 1 until every task has
// two means. A window without a step of a task leaves the means of that task as they are.
// Source: Liu, Johns and Davison 2019 (arXiv 1803.10704), equation 7, with windows in place of epochs.
type DWA struct {
	Temperature float64
	Every       uint64 // steps, at least 1
}

// Start returns by task the sum and number of the losses in this window, the last mean and the one before, and then the
// number of steps in this window. Means below 0: none yet.
func (DWA) Start(n int) []float64 {
	state := make([]float64, 4*n+1)
	fill(state[2*n:4*n], -1)
	return state
}

// Factors sets dst.
func (m DWA) Factors(dst, state []float64, _ uint64) {
	n := len(dst)
	last, before := state[2*n:3*n], state[3*n:4*n]
	fill(dst, 1)
	if !smoothed(before).known() {
		return
	}
	x := make([]float64, n)
	for t := range x {
		x[t] = (last[t] + logFloor) / float64((before[t]+logFloor)*m.Temperature)
	}
	copy(dst, times(float64(n), softmax(x)))
	bound(dst)
}

// Observe adds the losses to the window, and closes a full one.
func (m DWA) Observe(state []float64, tasks []int, losses []float64) {
	n := len(state) / 4
	sums, counts, last, before := state[:n], state[n:2*n], state[2*n:3*n], state[3*n:4*n]
	for i, t := range tasks {
		if l := losses[i]; l-l == 0 {
			sums[t] += l
			counts[t]++
		}
	}
	if state[4*n]++; uint64(state[4*n]) < m.Every {
		return
	}
	for t, c := range counts {
		if c > 0 {
			before[t], last[t] = last[t], sums[t]/c
		}
	}
	clear(sums)
	clear(counts)
	state[4*n] = 0
}
