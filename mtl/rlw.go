package mtl

import (
	"math"

	"braid/internal/kernel"
	"braid/internal/rng"
)

// RLW draws the factors of each step: softmax(z), with the sum T and z standard normal. It is the control against which
// methods are compared.
// Source: Lin et al. 2022 (arXiv 2111.10603).
type RLW struct{ Seed uint64 }

// Start returns nil.
func (RLW) Start(int) []float64 { return nil }

// Factors sets dst.
func (m RLW) Factors(dst, _ []float64, step uint64) {
	random := rng.Key{Seed: m.Seed, Purpose: rng.Balance, A: step}.Stream()
	z := make([]float64, len(dst))
	for t := range z {
		z[t] = normal(random)
	}
	copy(dst, times(float64(len(z)), softmax(z)))
	bound(dst)
}

// Observe does nothing.
func (RLW) Observe([]float64, []int, []float64) {}

// normal draws a standard normal number by Marsaglia's polar method (1964).
func normal(random *rng.Stream) float64 {
	for {
		x, y := float64(2*random.Float64())-1, float64(2*random.Float64())-1
		if s := float64(x*x) + float64(y*y); s > 0 && s < 1 {
			return float64(x * math.Sqrt(float64(-2*kernel.Log64(s))/s))
		}
	}
}
