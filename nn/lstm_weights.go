package nn

import (
	"fmt"

	"braid/internal/kernel"
)

// WeightPart is a run of the gradient of all parameters, numbers Lo to Hi-1 in the order
// of Specs: some rows of one tensor, or both biases of a direction. Parts are what a
// gradient is computed, added and sent by: small enough to stay in a core's cache.
type WeightPart struct {
	Lo, Hi int

	cell   int
	tensor uint8
	row    int // of the tensor's 4H
	rows   int
}

// The tensors of a direction.
const (
	weightIH = iota
	weightHH
	biases
)

// partNumbers is about how many numbers a part has.
const partNumbers = 60 << 10

// AppendWeightParts appends the parts of the gradient, in order.
func (m *LSTM) AppendWeightParts(parts []WeightPart) []WeightPart {
	lo, gates := 0, 4*m.Hidden
	for cell := range m.Layers * m.Directions() {
		for tensor, width := range [2]int{weightIH: m.in(cell / m.Directions()), weightHH: m.Hidden} {
			n := (gates*width + partNumbers - 1) / partNumbers
			for i := range n {
				row := i * gates / n
				rows := (i+1)*gates/n - row
				parts = append(parts, WeightPart{lo, lo + rows*width, cell, uint8(tensor), row, rows})
				lo += rows * width
			}
		}
		parts = append(parts, WeightPart{lo, lo + 2*gates, cell, biases, 0, gates})
		lo += 2 * gates
	}
	return parts
}

// WeightWork is memory of one goroutine that computes parts. What it holds of a shard's
// inputs is used for all parts of a tensor: Begin forgets it, once a step.
type WeightWork struct {
	right   []packedRows // by shard
	scratch kernel.Scratch
}

// packedRows are the inputs of one shard and tensor as products read them.
type packedRows struct {
	kernel.Packed
	state  *LSTMState
	cell   int
	tensor uint8
}

// Begin is called before the parts of another step.
func (w *WeightWork) Begin() {
	for i := range w.right {
		w.right[i].state = nil
	}
}

// WeightPart writes a shard's gradient of one part; grad has its Hi-Lo numbers. After
// Backward s is read only, so goroutines with a WeightWork each may share the parts out.
func (m *LSTM) WeightPart(s *LSTMState, shard int, p WeightPart, grad []float32, w *WeightWork) {
	if len(grad) != p.Hi-p.Lo {
		panic(fmt.Sprintf("nn: part of LSTM's gradient has %d elements, want %d", len(grad), p.Hi-p.Lo))
	}
	c, l := &s.cells[p.cell], s.layout
	gates := 4 * c.hidden
	if p.tensor == biases {
		clear(grad)
		kernel.SumRows(grad[:gates], c.dGates, gates, gates, l.Rows[shard])
		copy(grad[gates:], grad[:gates])
		return
	}
	// Rows of step 0 are left out of weight_hh's: the state before them is 0.
	left, rows, from, ld, width := l.Rows[shard], l.Rows[shard], c.x, c.in, c.in
	if p.tensor == weightHH {
		left, rows, from, ld, width = l.Later[shard], l.Before[shard], c.h, c.ld, c.hidden
	}
	if len(left) == 0 {
		clear(grad)
		return
	}
	for len(w.right) <= shard {
		w.right = append(w.right, packedRows{})
	}
	right := &w.right[shard]
	if right.state != s || right.cell != p.cell || right.tensor != p.tensor {
		right.PackRows(from, ld, width, rows)
		right.state, right.cell, right.tensor = s, p.cell, p.tensor
	}
	kernel.MatMulRowsT(grad, width, column(c.dGates, p.row), gates, p.rows, left, &right.Packed, false, &w.scratch)
}

// Weights writes a shard's gradients of all parameters, in the order of Specs.
func (m *LSTM) Weights(s *LSTMState, shard int, grad []float32) {
	s.parts = m.AppendWeightParts(s.parts[:0])
	mustBe("LSTM's gradient", grad, s.parts[len(s.parts)-1].Hi, 1)
	for _, p := range s.parts {
		m.WeightPart(s, shard, p, grad[p.Lo:p.Hi], &s.weights)
	}
}
