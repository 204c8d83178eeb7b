package mtl

// MGDA returns the factors of the shortest vector in the convex hull of the gradients, T times as long. It stops at
// every Pareto-stationary point, and follows the smallest gradient.
// Source: Désidéri 2012; Sener and Koltun 2018 (arXiv 1810.04650). The minimum is exact, where they use Frank-Wolfe.
func MGDA(g Gram) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		q := g.ridge(float64(minRidge * g.trace()))
		return times(float64(g.T), shortest(q, make([]float64, g.T), nil))
	})
}

// minRidge keeps matrices of parallel gradients positive definite. It is relative to the trace.
const minRidge = 1e-13

// shortest returns the minimum of ½ wᵀQw + bᵀw over the simplex, from w if that is not nil.
func shortest(q Gram, b, w []float64) []float64 {
	if w == nil {
		w = make([]float64, q.T)
		best := 0
		for i := range w {
			if float64(0.5*q.At(i, i))+b[i] < float64(0.5*q.At(best, best))+b[best] {
				best = i
			}
		}
		w[best] = 1
	}
	quadratic{q, b, true}.solve(w)
	return w
}
