package plan

import (
	"braid/internal/rng"
	"braid/job"
)

// rehearsed gives a share of the steps to the tasks that the initial model knows. Among themselves these tasks, and
// the others, keep the proportions of another sampler.
type rehearsed struct {
	sampler
	old  []bool // by task
	rate float64
}

// rehearse returns the sampler of a job with init.rehearse, and s for other jobs.
func rehearse(j *job.Job, s sampler) sampler {
	if j.Init.Rehearse == 0 {
		return s
	}
	r := rehearsed{sampler: s, rate: j.Init.Rehearse}
	for t := range j.Tasks {
		r.old = append(r.old, j.IsOld(t))
	}
	return r
}

func (r rehearsed) draw(step uint64, random *rng.Stream) int {
	return pick(r.probabilities(step), random)
}

func (r rehearsed) probabilities(step uint64) []float64 {
	shares := r.sampler.probabilities(step)
	var old, others float64
	for t, p := range shares {
		if r.old[t] {
			old += p
		} else {
			others += p
		}
	}
	for t := range shares {
		if r.old[t] {
			shares[t] *= r.rate / old
		} else {
			shares[t] *= (1 - r.rate) / others
		}
	}
	return shares
}
