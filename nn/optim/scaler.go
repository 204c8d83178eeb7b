package optim

import (
	"math"

	"braid/gradient"
	"braid/internal/crew"
	"braid/internal/kernel"
)

// Scaler multiplies gradients, and computes checksum and norm in the same pass over memory. The
// results do not depend on the number of its goroutines. It does not allocate once its memory has
// grown.
type Scaler struct {
	crew *crew.Crew

	g       *gradient.Gradient
	factor  float32
	factors []float32 // by slot; nil: factor for all
	blocks  []gradient.Block
	sums    []float64
	crcs    []uint32
}

// NewScaler returns a Scaler for the given number of goroutines, at least one.
func NewScaler(threads int) *Scaler {
	s := &Scaler{}
	s.crew = crew.New(threads, func(_, i int) { s.block(i) })
	return s
}

// Scale multiplies every number of g, but not its losses, by factor. checksum is that of g before;
// norm is the Euclidean norm of all numbers after, in float64: the root of the sum over blocks, in
// order.
func (s *Scaler) Scale(g *gradient.Gradient, factor float32) (checksum uint32, norm float64) {
	return s.scale(g, factor, nil)
}

// ScaleSlots is Scale with a factor for each slot.
func (s *Scaler) ScaleSlots(g *gradient.Gradient, factors []float32) (checksum uint32, norm float64) {
	return s.scale(g, 0, factors)
}

func (s *Scaler) scale(g *gradient.Gradient, factor float32, factors []float32) (checksum uint32, norm float64) {
	s.g, s.factor, s.factors, s.blocks = g, factor, factors, g.AppendBlocks(s.blocks[:0])
	if n := len(s.blocks); cap(s.sums) < n {
		s.sums, s.crcs = make([]float64, n), make([]uint32, n)
	}
	s.sums, s.crcs = s.sums[:len(s.blocks)], s.crcs[:len(s.blocks)]
	s.crew.Run(len(s.blocks))
	sum := 0.0
	for _, block := range s.sums {
		sum += block
	}
	s.g, s.factors = nil, nil
	return g.JoinChecksums(s.crcs), math.Sqrt(sum)
}

func (s *Scaler) block(i int) {
	x := s.g.Block(s.blocks[i])
	s.crcs[i] = gradient.ChecksumFloats(x)
	factor := s.factor
	if s.factors != nil {
		factor = s.factors[s.blocks[i].Slot]
	}
	kernel.Scale(factor, x)
	s.sums[i] = kernel.SumSquares(x)
}
