package optim

import (
	"slices"

	"braid/gradient"
	"braid/internal/kernel"
	"braid/nn"
)

// pieceSize is the number of parameters that a goroutine updates at a time: 64 KiB each of
// gradient, values and slots, so that a chain's passes over a piece stay in the second-level
// cache.
const pieceSize = 16 << 10

// longRow is the length from which a row gets a call of its own. Shorter rows are gathered
// first.
const longRow = 48

// piece is a part of a group's update: elements lo to hi-1 of its values, or entries lo to hi-1
// of the gradient's rows if the update is sparse.
type piece struct {
	part   int // of the gradient
	lo, hi int
	kind   pieceKind
}

type pieceKind uint8

const (
	pieceDense  pieceKind = iota // elements, gradient dense
	pieceTable                   // elements at row boundaries, gradient 0 but for its rows
	pieceSparse                  // entries of the gradient's rows
)

// cut appends the pieces of the update of a group by part i of g.
func (o *Optimizer) cut(i int, group *nn.Group, g *gradient.Gradient) {
	kind, n, stride := pieceDense, len(group.Data), pieceSize
	if group.Dim > 0 {
		rows := max(pieceSize/group.Dim, 1)
		kind, n, stride = pieceSparse, len(g.Rows[i].IDs), rows
		if o.config.Dense {
			kind, n, stride = pieceTable, o.groups[o.partOf[i]].size, rows*group.Dim
		}
	}
	for lo := 0; lo < n; lo += stride {
		o.pieces = append(o.pieces, piece{i, lo, min(lo+stride, n), kind})
	}
}

// of returns the group that a piece updates.
func (o *Optimizer) of(p piece) (*nn.Group, *groupState) {
	i := o.partOf[p.part]
	return o.params.Groups[i], &o.groups[i]
}

// worker is the memory of one goroutine.
type worker struct {
	update   []float32
	before   []float32 // a piece's parameters before its update, with BF16 or an average
	slots    [][]float32
	gathered [][]float32 // a sparse piece's parameters, then its slots, row by row
	slice    Slice       // here and not on the stack, where an argument of an interface method is allocated
}

func (w *worker) run(o *Optimizer, p piece) {
	g, rate := o.gradient, o.rate
	group, state := o.of(p)
	switch p.kind {
	case pieceDense:
		for i := range state.slots {
			w.slots[i] = state.slots[i].data[p.lo:p.hi]
		}
		w.chain(o, state.steps, group.Data[p.lo:p.hi], w.copied(o, g.Dense[p.part][p.lo:p.hi]), rate)
	case pieceTable:
		for i := range state.slots {
			w.slots[i] = state.slots[i].data[p.lo:p.hi]
		}
		w.chain(o, state.steps, group.Data[p.lo:p.hi], w.spread(g.Rows[p.part], p, group.Dim), rate)
	case pieceSparse:
		if adam, ok := o.chain[0].(FusedAdam); ok && group.Dim >= longRow {
			w.runLongRows(o, p, adam.step(state.steps, rate))
			return
		}
		w.runRows(o, p)
	}
}

// runRows gathers the rows of a sparse piece, updates them and copies them back.
func (w *worker) runRows(o *Optimizer, p piece) {
	group, state := o.of(p)
	rows := o.gradient.Rows[p.part]
	dim, ids := group.Dim, rows.IDs[p.lo:p.hi]
	param := w.gather(0, group.Data, ids, dim)
	for i := range state.slots {
		w.slots[i] = w.gather(i+1, state.slots[i].data, ids, dim)
	}
	w.chain(o, state.steps, param, w.copied(o, rows.Data[p.lo*dim:p.hi*dim]), o.rate)
	scatter(group.Data, param, ids, dim)
	for i := range state.slots {
		scatter(state.slots[i].data, w.slots[i], ids, dim)
	}
}

// runLongRows updates the rows of a sparse piece in place by Adam.
func (w *worker) runLongRows(o *Optimizer, p piece, step kernel.AdamStep) {
	group, state := o.of(p)
	rows := o.gradient.Rows[p.part]
	dim := group.Dim
	for e := p.lo; e < p.hi; e++ {
		lo := int(rows.IDs[e]) * dim
		for i := range state.slots {
			w.slots[i] = state.slots[i].data[lo : lo+dim]
		}
		param := group.Data[lo : lo+dim]
		w.begin(o, param)
		kernel.Adam(param, w.slots[0], w.slots[1], rows.Data[e*dim:(e+1)*dim], step)
		w.end(o, param)
	}
}

// copied returns a copy of a gradient for the chain to change, or the gradient itself if the chain
// only reads it.
func (w *worker) copied(o *Optimizer, grad []float32) []float32 {
	if o.readsOnly {
		return grad
	}
	w.update = grow(w.update, len(grad))
	copy(w.update, grad)
	return w.update
}

// spread returns the dense gradient of a piece of a table: 0 except for the touched rows.
func (w *worker) spread(rows gradient.Rows, p piece, dim int) []float32 {
	w.update = grow(w.update, p.hi-p.lo)
	clear(w.update)
	e, _ := slices.BinarySearch(rows.IDs, uint32(p.lo/dim))
	for ; e < len(rows.IDs) && int(rows.IDs[e])*dim < p.hi; e++ {
		copy(w.update[int(rows.IDs[e])*dim-p.lo:], rows.Data[e*dim:(e+1)*dim])
	}
	return w.update
}

// gather copies rows of a table side by side, so that a chain runs once for all of them. With 11
// numbers per row this is four times as fast as row by row.
func (w *worker) gather(i int, table []float32, ids []uint32, dim int) []float32 {
	w.gathered[i] = grow(w.gathered[i], len(ids)*dim)
	for e, id := range ids {
		copy(w.gathered[i][e*dim:(e+1)*dim], table[int(id)*dim:])
	}
	return w.gathered[i]
}

// scatter copies gathered rows back.
func scatter(table, rows []float32, ids []uint32, dim int) {
	for e, id := range ids {
		copy(table[int(id)*dim:], rows[e*dim:(e+1)*dim])
	}
}

// chain runs all transforms over param, whose slots are in w.slots.
func (w *worker) chain(o *Optimizer, steps uint64, param, update []float32, rate float64) {
	w.begin(o, param)
	s, rest := &w.slice, w.slots
	*s = Slice{Update: update, Param: param, Step: steps, Rate: rate}
	for i, t := range o.chain {
		s.Slots, rest = rest[:o.slots[i]], rest[o.slots[i]:]
		t.Apply(s)
	}
	w.end(o, param)
}

func grow(buf []float32, n int) []float32 {
	if n > cap(buf) {
		return make([]float32, n)
	}
	return buf[:n]
}
