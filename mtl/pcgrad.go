package mtl

import "braid/internal/rng"

// PCGrad returns the factors of "gradient surgery": each g_i loses, for each g_j in random order, its component along
// g_j if the two are opposed. g_j is the original gradient, and the results are summed. random draws the orders, one
// for each task; nil is the order of the tasks.
// Source: Yu et al. 2020 (arXiv 2001.06782), algorithm 1, with the sum instead of the mean.
func PCGrad(g Gram, random *rng.Stream) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		factors := make([]float64, g.T)
		order := make([]int, g.T)
		a := make([]float64, g.T) // of the projected g_i
		for i := range g.T {
			shuffle(order, random)
			clear(a)
			a[i] = 1
			for _, j := range order {
				if d := dot(g.Row(j), a); j != i && d < 0 {
					a[j] -= d / g.At(j, j)
				}
			}
			for j, v := range a {
				factors[j] += v
			}
		}
		return factors
	})
}

// shuffle sets order to a random permutation (Fisher and Yates), or to 0, 1, … if random is nil.
func shuffle(order []int, random *rng.Stream) {
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0 && random != nil; i-- {
		k := random.Intn(i + 1)
		order[i], order[k] = order[k], order[i]
	}
}
