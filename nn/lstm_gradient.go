package nn

import (
	"fmt"

	"braid/internal/kernel"
)

// GradRange is numbers Lo to Hi-1 of the gradient of all parameters, in the order of Specs: some
// rows of one tensor, or both biases of a direction. A range is small enough to stay in a core's
// cache while the gradients of several shards are computed and added.
type GradRange struct {
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

// rangeNumbers is the approximate size of a range.
const rangeNumbers = 60 << 10

// GradRanges cuts the gradient of all parameters into ranges, in order.
func (m *LSTM) GradRanges() (all []GradRange) {
	lo, gates := 0, 4*m.Hidden
	for cell := range m.Layers * m.Directions() {
		for tensor, width := range [2]int{weightIH: m.in(cell / m.Directions()), weightHH: m.Hidden} {
			n := (gates*width + rangeNumbers - 1) / rangeNumbers
			for i := range n {
				row := i * gates / n
				rows := (i+1)*gates/n - row
				all = append(all, GradRange{lo, lo + rows*width, cell, uint8(tensor), row, rows})
				lo += rows * width
			}
		}
		all = append(all, GradRange{lo, lo + 2*gates, cell, biases, 0, gates})
		lo += 2 * gates
	}
	return all
}

// gradMemory is memory of WriteRange. The packed inputs of a shard serve all ranges of a tensor.
type gradMemory struct {
	right   []packedRows // by shard
	ranges  []GradRange  // of Weights
	scratch kernel.Scratch
}

// packedRows are the inputs of one shard and tensor in the order that products read them.
type packedRows struct {
	kernel.Packed
	valid  bool
	cell   int
	tensor uint8
}

// forget marks all packed inputs as those of an earlier Backward.
func (w *gradMemory) forget() {
	for i := range w.right {
		w.right[i].valid = false
	}
}

// WriteRange writes a shard's gradient of one range after Backward; grad has Hi-Lo numbers.
// Ranges in order are faster: the shards' inputs are packed once for all ranges of a tensor.
func (m *LSTM) WriteRange(s *LSTMState, shard int, r GradRange, grad []float32) {
	if len(grad) != r.Hi-r.Lo {
		panic(fmt.Sprintf("nn: range of LSTM's gradient has %d elements, want %d", len(grad), r.Hi-r.Lo))
	}
	c, l, w := &s.cells[r.cell], s.layout, &s.grad
	gates := 4 * c.hidden
	if r.tensor == biases {
		clear(grad)
		kernel.SumRows(grad[:gates], c.dGates, gates, gates, l.Rows[shard])
		copy(grad[gates:], grad[:gates])
		return
	}
	// The gradient of weight_hh skips the rows of step 0: the state before them is 0.
	left, rows, from, ld, width := l.Rows[shard], l.Rows[shard], c.x, c.in, c.in
	if r.tensor == weightHH {
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
	if !right.valid || right.cell != r.cell || right.tensor != r.tensor {
		right.PackRows(from, ld, width, rows)
		right.valid, right.cell, right.tensor = true, r.cell, r.tensor
	}
	kernel.MatMulRowsT(grad, width, column(c.dGates, r.row), gates, r.rows, left, &right.Packed, false, &w.scratch)
}

// Weights writes a shard's gradient of all parameters, in the order of Specs.
func (m *LSTM) Weights(s *LSTMState, shard int, grad []float32) {
	if s.grad.ranges == nil {
		s.grad.ranges = m.GradRanges()
	}
	mustBe("LSTM's gradient", grad, s.grad.ranges[len(s.grad.ranges)-1].Hi, 1)
	for _, r := range s.grad.ranges {
		m.WriteRange(s, shard, r, grad[r.Lo:r.Hi])
	}
}
