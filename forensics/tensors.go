package forensics

import (
	"fmt"
	"math"
	"slices"

	"braid/run"
)

// TensorChange describes the first tensor in which two states differ.
type TensorChange struct {
	Name   string
	Why    string // set if the tensors cannot be compared number by number; the fields below are zero then
	Index  int    // of the first number that differs, flat
	Place  string // Index by dimension: [3 7]
	A, B   float32
	Differ int // count of numbers that differ
	Of     int // count of numbers
}

func (c *TensorChange) String() string {
	if c.Why != "" {
		return fmt.Sprintf("tensor %s: %s", c.Name, c.Why)
	}
	return fmt.Sprintf("tensor %s at %s (index %d): %v (0x%08x), and %v (0x%08x); %d of its %d numbers differ", c.Name,
		c.Place, c.Index,
		c.A, math.Float32bits(c.A), c.B, math.Float32bits(c.B), c.Differ, c.Of)
}

// FirstTensor returns the first difference between two lists of tensors; nil if there is none. Numbers
// are equal if their bits are: 0 and -0 differ, and a NaN equals itself.
func FirstTensor(a, b []run.Tensor) *TensorChange {
	for i := range min(len(a), len(b)) {
		x, y := &a[i], &b[i]
		switch {
		case x.Name != y.Name:
			return &TensorChange{Name: x.Name, Why: "the other has " + y.Name + " in its place"}
		case !slices.Equal(x.Shape, y.Shape):
			return &TensorChange{Name: x.Name, Why: fmt.Sprintf("shape %v, and %v", x.Shape, y.Shape)}
		}
		if c := firstNumber(x, y); c != nil {
			return c
		}
	}
	if len(a) != len(b) {
		longer := a
		if len(b) > len(a) {
			longer = b
		}
		return &TensorChange{Name: longer[min(len(a), len(b))].Name, Why: "only one has it"}
	}
	return nil
}

func firstNumber(x, y *run.Tensor) *TensorChange {
	var c *TensorChange
	for k := range min(len(x.Data), len(y.Data)) {
		if math.Float32bits(x.Data[k]) == math.Float32bits(y.Data[k]) {
			continue
		}
		if c == nil {
			c = &TensorChange{Name: x.Name, Index: k, Place: place(x.Shape, k), A: x.Data[k], B: y.Data[k], Of: len(x.Data)}
		}
		c.Differ++
	}
	return c
}

// place formats a flat index by dimension: [3 7].
func place(shape []uint64, index int) string {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		if n := int(shape[d]); n > 0 {
			at[d], index = index%n, index/n
		}
	}
	return fmt.Sprint(at)
}
