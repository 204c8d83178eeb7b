package plan

import (
	"math"

	"braid/job"
)

// temperature flattens the shares: p ∝ min(n, cap)^(1/T). T = 1 is proportional, large T
// uniform. Fields: Temperature > 0, Cap ≥ 0 (0: none).
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

// powers gives shares p ∝ n^exponent.
func powers(sizes []int, exponent float64) fixed {
	shares := make([]float64, len(sizes))
	for i, n := range sizes {
		shares[i] = math.Pow(float64(n), exponent)
	}
	return normalised(shares)
}
