package optim

import (
	"sync"
	"sync/atomic"

	"braid/gradient"
	"braid/nn"
)

// pieceSize is how many parameters a goroutine takes at a time: 64 KiB each of gradient,
// values and slots, so that a chain's passes over a piece stay in the second-level cache.
const pieceSize = 16 << 10

// piece is a part of a group's update: elements lo to hi of its values; for a sparse
// update, entries lo to hi of the gradient's rows.
type piece struct {
	group, lo, hi int
	kind          pieceKind
}

type pieceKind uint8

const (
	pieceDense  pieceKind = iota // elements, gradient dense
	pieceTable                   // elements at row boundaries, gradient 0 but for its rows
	pieceSparse                  // entries of the gradient's rows
)

// cut appends the pieces of group i's update.
func (o *Optimizer) cut(i int, group *nn.Group, g *gradient.Gradient) {
	kind, n, stride := pieceDense, len(group.Data), pieceSize
	if group.Dim > 0 {
		rows := max(pieceSize/group.Dim, 1)
		kind, n, stride = pieceSparse, len(g.Rows[i].IDs), rows
		if o.config.Dense {
			kind, n, stride = pieceTable, len(group.Data), rows*group.Dim
		}
	}
	for lo := 0; lo < n; lo += stride {
		o.pieces = append(o.pieces, piece{i, lo, min(lo+stride, n), kind})
	}
}

// worker is what one goroutine needs to run pieces.
type worker struct {
	update []float32
	slots  [][]float32
	slice  Slice // here, not on the stack: what passes through an interface would be allocated
}

func (w *worker) run(o *Optimizer, p piece, ps *nn.ParamSet, g *gradient.Gradient, rate float64) {
	group := ps.Groups[p.group]
	if p.kind == pieceDense {
		w.apply(o, p.group, group.Data, g.Dense[p.group][p.lo:p.hi], p.lo, rate)
		return
	}
	rows, dim := g.Rows[p.group], group.Dim
	if p.kind == pieceSparse {
		for e := p.lo; e < p.hi; e++ {
			w.apply(o, p.group, group.Data, rows.Data[e*dim:(e+1)*dim], int(rows.IDs[e])*dim, rate)
		}
		return
	}
	w.update = grow(w.update, p.hi-p.lo)
	clear(w.update)
	e := lowerBound(rows.IDs, uint32(p.lo/dim))
	for ; e < len(rows.IDs) && int(rows.IDs[e])*dim < p.hi; e++ {
		copy(w.update[int(rows.IDs[e])*dim-p.lo:], rows.Data[e*dim:(e+1)*dim])
	}
	w.chain(o, p.group, group.Data, w.update, p.lo, rate)
}

// apply runs the chain on the elements from lo on: on a copy of the gradient, unless the
// chain only reads it.
func (w *worker) apply(o *Optimizer, group int, param, grad []float32, lo int, rate float64) {
	if o.readsOnly {
		w.chain(o, group, param, grad, lo, rate)
		return
	}
	w.update = grow(w.update, len(grad))
	copy(w.update, grad)
	w.chain(o, group, param, w.update, lo, rate)
}

func (w *worker) chain(o *Optimizer, group int, param, update []float32, lo int, rate float64) {
	state, hi := &o.groups[group], lo+len(update)
	s := &w.slice
	*s = Slice{Update: update, Param: param[lo:hi], Step: state.steps, Rate: rate}
	for i := range state.slots {
		w.slots[i] = state.slots[i].data[lo:hi]
	}
	rest := w.slots
	for i, t := range o.chain {
		s.Slots, rest = rest[:o.slots[i]], rest[o.slots[i]:]
		t.Apply(s)
	}
}

func grow(buf []float32, n int) []float32 {
	if n > cap(buf) {
		return make([]float32, n)
	}
	return buf[:n]
}

// lowerBound returns the index of the first id that is at least least.
func lowerBound(ids []uint32, least uint32) int {
	lo, hi := 0, len(ids)
	for lo < hi {
		if mid := (lo + hi) / 2; ids[mid] < least {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// parallel calls do(w, i) once for every i < n on the given number of goroutines; w tells
// them apart. Which goroutine takes an i decides no bits: pieces share no element.
func parallel(threads, n int, do func(w, i int)) {
	var next atomic.Int64
	work := func(w int) {
		for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
			do(w, i)
		}
	}
	threads = min(threads, n)
	var wg sync.WaitGroup
	for w := 1; w < threads; w++ {
		wg.Go(func() { work(w) })
	}
	work(0)
	wg.Wait()
}
