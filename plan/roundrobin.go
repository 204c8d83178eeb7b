package plan

import (
	"braid/internal/rng"
	"braid/job"
)

// inTurn trains one task after the other, without randomness.
type inTurn int

func roundRobin(j *job.Job, sizes []int, _, _ uint64) sampler { return inTurn(len(sizes)) }

func (n inTurn) draw(step uint64, _ *rng.Stream) int { return int(step % uint64(n)) }

func (n inTurn) probabilities(uint64) []float64 {
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = 1 / float64(n)
	}
	return shares
}
