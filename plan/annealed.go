package plan

import (
	"braid/internal/rng"
	"braid/job"
)

// anneal starts proportional and ends nearly uniform: p ∝ n^a with
// a = 1 - alpha (e-1)/(E-1) in epoch e of E. alpha lies between 0 (proportional throughout)
// and 1 (uniform at the end).
// Source: Stickland and Murray 2019 (arXiv 1902.02671), section 3.3, with alpha = 0.8.
type anneal struct {
	sizes           []int
	alpha           float64
	perEpoch, total uint64
}

func annealed(j *job.Job, sizes []int, perEpoch, total uint64) sampler {
	return anneal{sizes, j.Training.Sampling.Alpha, perEpoch, total}
}

func (a anneal) draw(step uint64, random *rng.Stream) int {
	return pick(a.probabilities(step), random)
}

func (a anneal) probabilities(step uint64) []float64 {
	epochs := (a.total + a.perEpoch - 1) / a.perEpoch
	exponent := 1.0
	if epochs > 1 {
		exponent = 1 - float64(a.alpha*float64(step/a.perEpoch))/float64(epochs-1)
	}
	return powers(a.sizes, exponent)
}
