package plan

import (
	"math"

	"braid/internal/rng"
	"braid/job"
)

// sampler draws a step's task.
type sampler interface {
	// draw returns the task of a step. random is the step's own stream.
	draw(step uint64, random *rng.Stream) int
	// probabilities returns the planned shares at a step in a new slice. They must sum to 1.
	probabilities(step uint64) []float64
}

// samplers is the table of samplers by name. sizes are the numbers of labelled examples by
// task. perEpoch and total are the numbers of steps of an epoch and of the job.
var samplers = map[string]func(j *job.Job, sizes []int, perEpoch, total uint64) sampler{
	"uniform":      uniform,
	"proportional": proportional,
	"temperature":  temperature,
	"explicit":     explicit,
	"round_robin":  roundRobin,
	"annealed":     annealed,
}

// fixed draws from constant shares.
type fixed []float64

func (f fixed) draw(_ uint64, random *rng.Stream) int { return pick(f, random) }

func (f fixed) probabilities(uint64) []float64 { return append([]float64(nil), f...) }

// normalised divides weights by their sum.
func normalised(weights []float64) fixed {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// pick draws an index with probability proportional to its weight. It first rounds weights to
// 2^-32 of their sum, so that the last bits of a weight do not decide a draw.
func pick(weights []float64, random *rng.Stream) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	var total uint64
	last := 0
	for i, w := range weights {
		if share := quantum(w, sum); share > 0 {
			total += share
			last = i
		}
	}
	r := random.Uint64() % total
	for i, w := range weights {
		share := quantum(w, sum)
		if r < share {
			return i
		}
		r -= share
	}
	return last
}

func quantum(w, sum float64) uint64 {
	if w <= 0 {
		return 0
	}
	return max(uint64(math.Round(w/sum*(1<<32))), 1)
}
