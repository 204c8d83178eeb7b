package mtl

import "braid/internal/kernel"

// Uncertainty learns s_t = ln σ_t² with Adam, to minimise Σ ½ e^(-s_t) L_t + ½ s_t. Factors are e^(-s_t): the common
// factor ½ is left out, so that training starts with factors of 1. At the minimum they are 1/L_t.
// Source: Kendall, Gal and Cipolla 2018 (arXiv 1705.07115), the form of regression for all tasks.
type Uncertainty struct{ LR float64 }

// Start returns s = 0 and the state of Adam.
func (Uncertainty) Start(n int) []float64 { return make([]float64, 4*n) }

// Factors sets dst.
func (Uncertainty) Factors(dst, state []float64, _ uint64) {
	for t, s := range view(state).x {
		dst[t] = kernel.Exp64(-s)
	}
	bound(dst)
}

// Observe takes a step of Adam for the s of the trained tasks.
func (u Uncertainty) Observe(state []float64, tasks []int, losses []float64) {
	l := view(state)
	for i, t := range tasks {
		l.update(t, uncertaintySlope(l.x[t], losses[i]), u.LR)
	}
}

// uncertaintySlope is the derivative of ½ e^(-s) L + ½ s to s.
func uncertaintySlope(s, loss float64) float64 {
	return float64(0.5 * (1 - float64(kernel.Exp64(-s)*loss)))
}
