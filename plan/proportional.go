package plan

import "braid/job"

// proportional gives a task the share of its examples, p ∝ n. In expectation a training reads
// every example equally often.
func proportional(j *job.Job, sizes []int, _, _ uint64) sampler {
	return powers(sizes, 1)
}
