package mtl

import "braid/internal/kernel"

// FAMO weighs the logarithms of the losses by z = softmax(ξ), and learns ξ so that tasks whose loss falls faster than
// the others' get less weight. Factors are proportional to z_t/L_t, with the sum T. Gamma is the weight decay of ξ.
//
// The losses must not be negative. Source: Liu et al. 2023 (arXiv 2306.03792), algorithm 1, with lower bounds of 0.
type FAMO struct{ LR, Gamma float64 }

// logFloor keeps the logarithm of a loss of 0 finite.
const logFloor = 1e-8

// Start returns ξ = 0 and the state of Adam.
func (FAMO) Start(n int) []float64 { return make([]float64, 4*n) }

// Factors returns the factors of this step. It does not change the state: see Observe.
func (FAMO) Factors(s Step, state []float64) []float64 {
	z := softmax(view(state).x)
	factors := make([]float64, len(s.Tasks))
	for i, t := range s.Tasks {
		if l := s.Losses[i]; l-l != 0 {
			return ones(len(factors)) // the caller's check finds the loss
		}
		factors[i] = z[t] / (s.Losses[i] + logFloor)
	}
	return times(float64(len(factors))/sum(factors), factors)
}

// Observe learns from the losses of some tasks before and after a step, on the same examples.
func (m FAMO) Observe(state []float64, tasks []int, before, after []float64) {
	l := view(state)
	z := softmax(l.x)
	delta := make([]float64, len(l.x))
	for i, t := range tasks {
		delta[t] = kernel.Log64(before[i]+logFloor) - kernel.Log64(after[i]+logFloor)
	}
	mean := dot(z, delta)
	for _, t := range tasks {
		l.update(t, float64(z[t]*(delta[t]-mean))+float64(m.Gamma*l.x[t]), m.LR)
	}
}
