package mtl

import "math"

// ConFIG returns the factors of the d that has equal cosines with all gradients, where that is possible, and the length
// Σ g_t·d/|d|. They are 0 if the gradients admit only d = 0, as two opposed ones.
// Source: Liu, Chu and Thuerey 2024 (arXiv 2408.11104).
func ConFIG(g Gram) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		c, norms := g.cosines()
		factors := c.pseudoInverse(ones(g.T))
		along := c.times(factors) // u_t·d
		square := max(0, dot(factors, along))
		if math.Sqrt(square) <= 1e-9*float64(g.T) {
			return make([]float64, g.T)
		}
		length := dot(norms, along) / square
		for i, n := range norms {
			factors[i] = float64(factors[i]*length) / n
		}
		return factors
	})
}
