package optim

import (
	"math"

	"braid/gradient"
	"braid/internal/crew"
	"braid/internal/kernel"
)

// Weigher multiplies gradients, and measures them on the way: one pass over memory, on
// several goroutines. Bits do not depend on their number. Allocates nothing once its
// memory has grown.
type Weigher struct {
	crew *crew.Crew

	g      *gradient.Gradient
	factor float32
	blocks []gradient.Block
	sums   []float64
	crcs   []uint32
}

// NewWeigher makes one for threads goroutines, at least one.
func NewWeigher(threads int) *Weigher {
	w := &Weigher{}
	w.crew = crew.New(threads, func(_, i int) { w.block(i) })
	return w
}

// Weigh multiplies every number (not the losses) by factor. checksum is that of the
// gradient before; norm is the Euclidean norm over all numbers after, in float64: the root
// of the sum over blocks, in order.
func (w *Weigher) Weigh(g *gradient.Gradient, factor float32) (checksum uint32, norm float64) {
	w.g, w.factor, w.blocks = g, factor, g.AppendBlocks(w.blocks[:0])
	if n := len(w.blocks); cap(w.sums) < n {
		w.sums, w.crcs = make([]float64, n), make([]uint32, n)
	}
	w.sums, w.crcs = w.sums[:len(w.blocks)], w.crcs[:len(w.blocks)]
	w.crew.Run(len(w.blocks))
	sum := 0.0
	for _, s := range w.sums {
		sum += s
	}
	w.g = nil
	return g.JoinChecksums(w.crcs), math.Sqrt(sum)
}

func (w *Weigher) block(i int) {
	x := w.g.Block(w.blocks[i])
	w.crcs[i] = gradient.ChecksumFloats(x)
	kernel.Scale(w.factor, x)
	w.sums[i] = kernel.SumSquares(x)
}
