package mtl

// smoothed is an exponential mean of each task's losses: mean ← share·mean + (1-share)·loss, from the first loss on.
// A state of T numbers holds it; below 0: no loss yet. A loss that is not finite changes nothing.
type smoothed []float64

func startSmoothed(n int) []float64 {
	state := make([]float64, n)
	fill(state, -1)
	return state
}

func (s smoothed) observe(tasks []int, losses []float64, share float64) {
	for i, t := range tasks {
		switch l := losses[i]; {
		case l-l != 0:
		case s[t] < 0:
			s[t] = l
		default:
			s[t] = float64(share*s[t]) + float64((1-share)*l)
		}
	}
}

// known reports whether every task has a loss.
func (s smoothed) known() bool {
	for _, l := range s {
		if l < 0 {
			return false
		}
	}
	return true
}
