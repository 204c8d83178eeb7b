package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The penalty is ‖Sᵀ·P/T‖² of each sequence alone, and its gradient is the change of the penalty.
func TestOrthogonality(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	l := NewLayout([]int32{7, 4, 4, 1}, []int32{0, 1, 0, 1}, 2)
	m := Orthogonality{A: 5, B: 3}
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	s, p := random(l.N()*m.A), random(l.N()*m.B)
	// penalty is the definition, in float64.
	penalty := func(i int) (sum float64) {
		for a := range m.A {
			for b := range m.B {
				dot := 0.0
				for step := range int(l.Lengths[i]) {
					row := l.At(step, i)
					dot += float64(s[row*m.A+a]) * float64(p[row*m.B+b])
				}
				sum += dot * dot
			}
		}
		return sum / float64(l.Lengths[i]) / float64(l.Lengths[i])
	}
	var st OrthogonalityState
	for i := range l.B() {
		ds, dp := make([]float32, len(s)), make([]float32, len(p))
		if got, want := m.Loss(&st, l, i, s, p, 0.5, ds, dp), penalty(i); math.Abs(got-want) > 1e-5*want {
			t.Errorf("sequence %d: penalty %v, want %v", i, got, want)
		}
		for _, side := range []struct{ x, d []float32 }{{s, ds}, {p, dp}} {
			for k := range side.x {
				was, h := side.x[k], float32(1e-2)
				side.x[k] = was + h
				up := penalty(i)
				side.x[k] = was - h
				want := 0.5 * (up - penalty(i)) / (2 * float64(h))
				if side.x[k] = was; math.Abs(float64(side.d[k])-want) > 1e-3*(1+math.Abs(want)) {
					t.Errorf("sequence %d, number %d: gradient %v, want %v", i, k, side.d[k], want)
				}
			}
		}
		// Gradients are added.
		again := slices.Clone(ds)
		m.Loss(&st, l, i, s, p, 0.5, again, dp)
		for k := range again {
			if again[k] != 2*ds[k] {
				t.Fatalf("sequence %d: %v after two calls, %v after one", i, again[k], ds[k])
			}
		}
	}
	ds, dp := make([]float32, len(s)), make([]float32, len(p))
	if n := testing.AllocsPerRun(10, func() { m.Loss(&st, l, 0, s, p, 0.5, ds, dp) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Columns that are orthogonal have no penalty.
func TestOrthogonalColumns(t *testing.T) {
	l := NewLayout([]int32{2}, []int32{0}, 1)
	m, st := Orthogonality{A: 1, B: 2}, OrthogonalityState{}
	ds, dp := make([]float32, 2), make([]float32, 4)
	if got := m.Loss(&st, l, 0, []float32{1, 1}, []float32{2, -3, -2, 3}, 1, ds, dp); got != 0 {
		t.Errorf("penalty %v", got)
	}
	for _, v := range slices.Concat(ds, dp) {
		if v != 0 {
			t.Errorf("gradient %v %v", ds, dp)
		}
	}
}
