package mtl

import "math"

// CAGrad returns the factors of the d that improves the worst task most, among those whose distance from the sum g of
// the gradients is at most c|g|: d = g + c|g|/|g_w| g_w, where w in the simplex minimises g_w·g + c|g||g_w|. c ≥ 0: 0
// is the sum, and from 1 on no task gets worse.
// Source: Liu et al. 2021 (arXiv 2110.14048), algorithm 1, without its later division by 1+c².
func CAGrad(g Gram, c float64) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		g = g.ridge(float64(minRidge * g.trace()))
		b := g.times(ones(g.T)) // g_t·g
		radius := float64(c * math.Sqrt(max(0, sum(b))))
		factors := ones(g.T)
		if radius == 0 {
			return factors
		}
		w, length := cautious(g, b, radius)
		if length == 0 {
			// 0 is in the hull, so the best d improves no task: of those that make none worse, take the nearest.
			return projection(regular(g, 0), factors)
		}
		for i := range factors {
			factors[i] += float64(radius / length * w[i])
		}
		return factors
	})
}

// shortHull is the |g_w|, relative to the longest gradient, up to which 0 counts as a point of the hull.
const shortHull = 1e-6

// cautious returns the w in the simplex that minimises b·w + r|g_w|, and |g_w|; 0 if that is negligible.
//
// r|g_w| is the minimum over η > 0 of ½r(|g_w|²/η + η), which is convex in (w, η). For a fixed η the minimum over w is
// a quadratic problem, and the derivative to η is negative while |g_w| > η: η is the zero of |g_w| - η, found by the
// Illinois method (Dowell and Jarratt 1971), a secant that keeps its bracket.
func cautious(g Gram, b []float64, r float64) (w []float64, length float64) {
	longest := 0.0
	for i := range g.T {
		longest = max(longest, g.At(i, i))
	}
	longest = math.Sqrt(longest)
	excess := func(eta float64) float64 {
		w = shortest(g, times(eta/r, b), w)
		length = math.Sqrt(g.square(w))
		return length - eta
	}
	lo, hi := 0.0, longest
	atLo, atHi := excess(lo), excess(hi)
	side := 0 // of the last point: 1 low, -1 high
	for range 100 {
		if hi <= float64(shortHull*longest) {
			return w, 0
		}
		eta := (float64(lo*atHi) - float64(hi*atLo)) / (atHi - atLo)
		if !(lo < eta && eta < hi) {
			eta = float64(0.5 * (lo + hi))
		}
		f := excess(eta)
		switch {
		case math.Abs(f) <= float64(1e-13*longest):
			return w, length
		case f > 0:
			if lo, atLo = eta, f; side > 0 {
				atHi *= 0.5
			}
			side = 1
		default:
			if hi, atHi = eta, f; side < 0 {
				atLo *= 0.5
			}
			side = -1
		}
	}
	return w, length
}
