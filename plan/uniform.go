package plan

import "braid/job"

// uniform gives every task the same share.
func uniform(j *job.Job, sizes []int, _, _ uint64) sampler {
	shares := make([]float64, len(sizes))
	for i := range shares {
		shares[i] = 1
	}
	return normalised(shares)
}
