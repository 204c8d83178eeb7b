package mtl

import "math"

// IMTLG returns the factors, with the sum T, of the d that has equal projections on all gradients. If the gradients
// admit only d = 0, as two opposed ones, the factors are proportional to 1/|g_t|. If the paper's division by the sum of
// the factors would make d ascend, the absolute value of the sum divides.
// Source: Liu et al. 2021 ("Towards Impartial Multi-task Learning", ICLR), part G in closed form.
func IMTLG(g Gram) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		c, norms := g.cosines()
		factors := c.pseudoInverse(ones(g.T))
		whole, total := 0.0, 0.0
		for i, n := range norms {
			factors[i] /= n
			whole += factors[i]
			total += math.Abs(factors[i])
		}
		if math.Abs(whole) <= float64(1e-9*total) {
			for i, n := range norms {
				factors[i] = 1 / n
			}
			whole = sum(factors)
		}
		return times(float64(g.T)/math.Abs(whole), factors)
	})
}
