package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"braid/gradient"
)

// The bits do not depend on the number of goroutines.
func TestScale(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	scale := func(threads int, factor float32) (*gradient.Gradient, uint32, float64) {
		r = rand.New(rand.NewPCG(9, 9))
		g := &gradient.Gradient{Dense: [][]float32{make([]float32, 3*(16<<10)+5), nil},
			Rows: make([]gradient.Rows, 2), Loss: make([]gradient.Loss, 1)}
		g.Rows[1] = gradient.Rows{Dim: 2, IDs: []uint32{4, 7}, Data: []float32{1, -2, 3, 5}}
		for i := range g.Dense[0] {
			g.Dense[0][i] = r.Float32() - 0.5
		}
		crc, norm := NewScaler(threads).Scale(g, factor)
		return g, crc, norm
	}
	one, _, _ := scale(1, 1)
	for _, threads := range []int{1, 2, 5} {
		g, crc, norm := scale(threads, 0.3)
		if crc != one.Checksum() {
			t.Errorf("%d threads: the checksum is not that of before", threads)
		}
		want, sum := scaledBy(one, 0.3), 0.0
		for _, x := range append(want.Dense[0], want.Rows[1].Data...) {
			sum += float64(x) * float64(x)
		}
		if g.Hash() != want.Hash() || math.Abs(norm-math.Sqrt(sum)) > 1e-9*norm {
			t.Errorf("%d threads: norm %v, want %v", threads, norm, math.Sqrt(sum))
		}
		if _, _, again := scale(1, 0.3); again != norm {
			t.Errorf("%d threads: norm %v, on one %v", threads, norm, again)
		}
	}
	w, g := NewScaler(1), one
	if n := testing.AllocsPerRun(100, func() { w.Scale(g, 1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func scaledBy(g *gradient.Gradient, factor float32) *gradient.Gradient {
	var c gradient.Gradient
	slots := []gradient.Slot{{Group: 0, Numbers: len(g.Dense[0])}, {Group: 1, Dim: 2, Rows: 9}}
	shape := gradient.Shape{Slots: slots, Tasks: 1}
	if err := c.Decode(g.AppendBinary(nil, gradient.F32), shape, gradient.F32); err != nil {
		panic(err)
	}
	c.Scale(factor)
	return &c
}
