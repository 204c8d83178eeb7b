package study

import "slices"

// holm returns the p-values corrected for their number: a family of tests that rejects at corrected values up to a
// makes any error of the first kind with probability a at most, whatever the tests have in common.
// Source: Holm 1979.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	corrected, worst := make([]float64, len(p)), 0.0
	for rank, i := range order {
		worst = max(worst, min(1, float64(len(p)-rank)*p[i]))
		corrected[i] = worst
	}
	return corrected
}
