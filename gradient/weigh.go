package gradient

import (
	"math"
	"sync"
	"sync/atomic"

	"braid/internal/kernel"
)

// blockNumbers is how many numbers are weighed at a time: they stay in the core's cache
// for all three things that are done with them.
const blockNumbers = 16 << 10

// block is a run of a group's numbers.
type block struct {
	group, lo, hi int
	rows          bool
}

// Weigher multiplies gradients, and measures them on the way: one pass over memory, on
// several goroutines. Bits do not depend on their number. Allocates nothing once its
// memory has grown.
type Weigher struct {
	threads int
	start   func()

	g       *Gradient
	factor  float32
	weighed bool
	blocks  []block
	sums    []float64
	crcs    []uint32
	next    atomic.Int64
	running sync.WaitGroup
}

// NewWeigher makes one for threads goroutines, at least one.
func NewWeigher(threads int) *Weigher {
	w := &Weigher{threads: max(threads, 1)}
	w.start = func() {
		defer w.running.Done()
		w.share()
	}
	return w
}

// Weigh multiplies every number (not the losses) by factor. checksum is that of the
// gradient before; norm is the Euclidean norm over all numbers after, in float64: the root
// of the sum over blocks of 16,384 numbers, in order.
func (w *Weigher) Weigh(g *Gradient, factor float32) (checksum uint32, norm float64) {
	return w.pass(g, factor, true)
}

func (w *Weigher) pass(g *Gradient, factor float32, weighed bool) (checksum uint32, norm float64) {
	w.g, w.factor, w.weighed, w.blocks = g, factor, weighed, w.blocks[:0]
	for i, d := range g.Dense {
		w.cut(i, len(d), false)
		w.cut(i, len(g.Rows[i].Data), true)
	}
	w.sums, w.crcs = grown(w.sums, len(w.blocks)), grown(w.crcs, len(w.blocks))
	w.next.Store(0)
	for i := 1; i < min(w.threads, len(w.blocks)); i++ {
		w.running.Add(1)
		go w.start()
	}
	w.share()
	w.running.Wait()
	sum := 0.0
	for _, s := range w.sums {
		sum += s
	}
	w.g = nil
	return w.checksum(g), math.Sqrt(sum)
}

func (w *Weigher) cut(group, n int, rows bool) {
	for lo := 0; lo < n; lo += blockNumbers {
		w.blocks = append(w.blocks, block{group, lo, min(lo+blockNumbers, n), rows})
	}
}

// share takes blocks until there are none left.
func (w *Weigher) share() {
	for i := int(w.next.Add(1) - 1); i < len(w.blocks); i = int(w.next.Add(1) - 1) {
		b := w.blocks[i]
		x := w.g.Dense[b.group]
		if b.rows {
			x = w.g.Rows[b.group].Data
		}
		x = x[b.lo:b.hi]
		w.crcs[i] = checksumWords(0, x)
		if w.weighed {
			kernel.Scale(w.factor, x)
			w.sums[i] = kernel.SumSquares(x)
		}
	}
}

// checksum puts the blocks' checksums together.
func (w *Weigher) checksum(g *Gradient) uint32 {
	crc := uint32(0)
	for _, l := range g.Loss {
		crc = checksumWord(crc, math.Float64bits(l.Sum), 8)
		crc = checksumWord(crc, math.Float64bits(l.Norm), 8)
	}
	for i, d := range g.Dense {
		crc = checksumWord(checksumWord(crc, uint64(i), 4), uint64(len(d)), 4)
		crc = checksumWords(crc, g.Rows[i].IDs)
	}
	for _, c := range w.crcs {
		crc = checksumWord(crc, uint64(c), 4)
	}
	return crc
}
