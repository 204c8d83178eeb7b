package optim

import "fmt"

// Schedule returns the factor on the learning rate as a function of the step, from 0.
//
// Every kind starts with warmup steps of linear warm-up, (step+1)/warmup. n counts the steps after
// the warm-up, of total-warmup:
//
//	constant     1
//	linear       1 - n/(total-warmup), never below 0; reaches 0 one step after the last
//	cosine       (1 + cos(π n/(total-warmup)))/2   (Loshchilov and Hutter 2017, no restarts)
//	step         gamma^⌊n/every⌋                    (torch StepLR)
//	exponential  gamma^(n/every)                    (torch ExponentialLR with every 1)
//	inverse      1/(1 + gamma ⌊n/every⌋)            (Ma and Hovy 2016, with every an epoch)
//
// linear and cosine read total; the last three read every and gamma. An every below 1 counts
// as 1. Schedule panics on an unknown kind, which job refuses first.
func Schedule(kind string, warmup, total, every int, gamma float64) func(step uint64) float64 {
	shape := shapeOf(kind, max(total-warmup, 1), uint64(max(every, 1)), gamma)
	return func(step uint64) float64 {
		if warmup > 0 && step < uint64(warmup) {
			return float64(step+1) / float64(warmup)
		}
		return shape(step - uint64(max(warmup, 0)))
	}
}

func shapeOf(kind string, total int, every uint64, gamma float64) func(n uint64) float64 {
	progress := func(n uint64) float64 { return min(float64(n)/float64(total), 1) }
	switch kind {
	case "constant", "":
		return func(uint64) float64 { return 1 }
	case "linear":
		return func(n uint64) float64 { return 1 - progress(n) }
	case "cosine":
		return func(n uint64) float64 { return (1 + cosPi(progress(n))) / 2 }
	case "step":
		return func(n uint64) float64 { return power(gamma, n/every) }
	case "exponential":
		root := root(gamma, every)
		return func(n uint64) float64 { return power(gamma, n/every) * power(root, n%every) }
	case "inverse":
		return func(n uint64) float64 { return 1 / (1 + float64(gamma*float64(n/every))) }
	}
	panic(fmt.Sprintf("optim: unknown schedule %q", kind))
}
