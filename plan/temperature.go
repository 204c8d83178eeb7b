package plan

import (
	"math"

	"braid/job"
)

// temperature flattens the shares: p ∝ min(n, cap)^(1/T). T = 1 is proportional, large T is
// nearly uniform. Temperature must be above 0. Cap must be 0 (no limit) or more.
// Source: Aharoni, Johnson and Firat 2019 (temperature); Raffel et al. 2020 (cap).
func temperature(j *job.Job, sizes []int, _, _ uint64) sampler {
	s := j.Training.Sampling
	capped := append([]int(nil), sizes...)
	for i := range capped {
		if s.Cap > 0 {
			capped[i] = min(capped[i], s.Cap)
		}
	}
	return powers(capped, 1/s.Temperature)
}

// powers returns shares p ∝ n^exponent.
func powers(sizes []int, exponent float64) fixed {
	shares := make([]float64, len(sizes))
	for i, n := range sizes {
		shares[i] = power(float64(n), exponent)
	}
	return normalised(shares)
}

// power returns x^exponent for x ≥ 0 and exponent ≥ 0, within 64 units in the last place.
// It uses products and square roots, which IEEE 754 rounds correctly, so every processor
// gives the same bits. math.Pow does not: math.Exp below it is assembly on amd64 and arm64.
func power(x, exponent float64) float64 {
	whole, fraction := math.Modf(exponent)
	result := 1.0
	for square := x; whole > 0; square *= square {
		if math.Mod(whole, 2) == 1 {
			result *= square
		}
		whole = math.Floor(whole / 2)
	}
	for root := math.Sqrt(x); fraction > 0; root = math.Sqrt(root) {
		if fraction *= 2; fraction >= 1 {
			result *= root
			fraction--
		}
	}
	return result
}
