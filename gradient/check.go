package gradient

import (
	"crypto/sha256"
	"math"

	"braid/internal/kernel"
)

// Finite says whether every loss and every number is.
func (g *Gradient) Finite() bool {
	for _, l := range g.Loss {
		if l.Sum-l.Sum != 0 || l.Norm-l.Norm != 0 {
			return false
		}
	}
	for _, d := range g.Dense {
		if !kernel.Finite(d) {
			return false
		}
	}
	for _, r := range g.Rows {
		if !kernel.Finite(r.Data) {
			return false
		}
	}
	return true
}

// Norm is the Euclidean norm over all numbers, in float64 and in the order of the groups.
func (g *Gradient) Norm() float64 {
	sum := 0.0
	for i, d := range g.Dense {
		sum += kernel.SumSquares(d)
		sum += kernel.SumSquares(g.Rows[i].Data)
	}
	return math.Sqrt(sum)
}

// Hash identifies the gradient's bits.
func (g *Gradient) Hash() [32]byte { return sha256.Sum256(g.AppendBinary(nil, F32)) }

// Scale multiplies every number (not the losses) by factor.
func (g *Gradient) Scale(factor float32) {
	for i, d := range g.Dense {
		kernel.Scale(factor, d)
		kernel.Scale(factor, g.Rows[i].Data)
	}
}
