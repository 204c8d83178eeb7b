package mtl

import "braid/internal/kernel"

// IMTLL learns s_t with Adam, to minimise Σ e^(s_t) L_t - s_t. Factors are e^(s_t); at the minimum they are 1/L_t. It
// is Uncertainty with the opposite sign of s and twice its gradient, which Adam divides out again: but for rounding and
// Adam's epsilon the two are one method.
// Source: Liu et al. 2021 ("Towards Impartial Multi-task Learning", ICLR), part L.
type IMTLL struct{ LR float64 }

// Start returns s = 0 and the state of Adam.
func (IMTLL) Start(n int) []float64 { return make([]float64, 4*n) }

// Factors sets dst.
func (IMTLL) Factors(dst, state []float64, _ uint64) {
	for t, s := range view(state).x {
		dst[t] = kernel.Exp64(s)
	}
	bound(dst)
}

// Observe takes a step of Adam for the s of the trained tasks.
func (m IMTLL) Observe(state []float64, tasks []int, losses []float64) {
	l := view(state)
	for i, t := range tasks {
		l.update(t, imtllSlope(l.x[t], losses[i]), m.LR)
	}
}

// imtllSlope is the derivative of e^s L - s to s.
func imtllSlope(s, loss float64) float64 { return float64(kernel.Exp64(s)*loss) - 1 }
