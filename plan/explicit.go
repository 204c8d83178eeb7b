package plan

import "braid/job"

// explicit takes the shares from the tasks' Probability, which need not sum to 1.
func explicit(j *job.Job, sizes []int, _, _ uint64) sampler {
	shares := make([]float64, len(sizes))
	for i := range shares {
		shares[i] = j.Tasks[i].Probability
	}
	return normalised(shares)
}
