package mtl

import "math"

// AlignedMTL returns the factors of the sum of the gradients, after their matrix got equal singular values: with
// G = V Λ Vᵀ they are √λ_min V Λ^(-1/2) Vᵀ 1, where λ_min is the least eigenvalue that is not zero.
// Source: Senushkin et al. 2023 (arXiv 2305.19000), scale mode min, with the sum instead of the mean.
func AlignedMTL(g Gram) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		return g.function(func(l, least float64) float64 { return math.Sqrt(least / l) }, ones(g.T))
	})
}
