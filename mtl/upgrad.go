package mtl

// UPGrad returns the factors of the sum of the gradients, each projected onto the dual cone {x: J x ≥ 0} of
// directions that make no task worse. ridge is relative to the trace of G; with 0 no task gets worse, up to rounding.
// Source: Quinton and Rey 2024 (arXiv 2406.16232), with the sum instead of the mean.
func UPGrad(g Gram, ridge float64) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		q := regular(g, ridge)
		factors := make([]float64, g.T)
		u := make([]float64, g.T)
		for i := range g.T {
			clear(u)
			u[i] = 1
			for t, v := range projection(q, u) {
				factors[t] += v
			}
		}
		return factors
	})
}

// DualProj returns the factors of the sum of the gradients, projected onto the dual cone as a whole. ridge is as in
// UPGrad.
// Source: Lopez-Paz and Ranzato 2017 (GEM, arXiv 1706.08840), as in TorchJD.
func DualProj(g Gram, ridge float64) []float64 {
	return onNonZero(g, func(g Gram) []float64 { return projection(regular(g, ridge), ones(g.T)) })
}

// regular returns G divided by its trace, with a ridge.
func regular(g Gram, ridge float64) Gram {
	q := NewGram(g.T)
	trace := g.trace()
	for i, v := range g.V {
		q.V[i] = v / trace
	}
	return q.ridge(max(ridge, minRidge))
}

// projection returns the factors v ≥ u that minimise vᵀQv: those of the projection of Σ u_t g_t onto the dual cone.
func projection(q Gram, u []float64) []float64 {
	x := make([]float64, q.T)
	quadratic{q: q, b: q.times(u)}.solve(x)
	for i := range x {
		x[i] += u[i]
	}
	return x
}
