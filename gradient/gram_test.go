package gradient

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// shape of the gradients in these tests: two dense slots and a table. Slot 1 is longer than a block of Gram.
var gramShape = Shape{Slots: []Slot{{Group: 0, Numbers: 10}, {Group: 1, Numbers: gramNumbers + 777},
	{Group: 2, Dim: 3, Rows: 3 * gramNumbers}, {Group: 3, Numbers: 4}}, Tasks: 3}

// sparse returns a gradient that has each slot with probability 0.7.
func sparse(r *rand.Rand) *Gradient {
	n := len(gramShape.Slots)
	g := &Gradient{Dense: make([][]float32, n), Rows: make([]Rows, n), Loss: make([]Loss, gramShape.Tasks)}
	numbers := func(n int) (x []float32) {
		for range n {
			x = append(x, float32(r.NormFloat64()))
		}
		return x
	}
	for i, s := range gramShape.Slots {
		switch {
		case r.Float64() > 0.7:
		case !s.Table():
			g.Dense[i] = numbers(s.Numbers)
		default:
			rows := &g.Rows[i]
			rows.Dim = s.Dim
			for id := range s.Rows {
				if r.IntN(500) == 0 {
					rows.IDs = append(rows.IDs, uint32(id))
				}
			}
			rows.Data = numbers(len(rows.IDs) * s.Dim)
		}
	}
	for t := range g.Loss {
		g.Loss[t] = Loss{r.Float64(), 1}
	}
	return g
}

// full returns the numbers of a range of a gradient, with 0 where it has none.
func full(g *Gradient, r Range) []float64 {
	s := gramShape.Slots[r.Slot]
	if !s.Table() {
		x := make([]float64, r.Len())
		for i := range x {
			if g.Dense[r.Slot] != nil {
				x[i] = float64(g.Dense[r.Slot][r.Lo+i])
			}
		}
		return x
	}
	x := make([]float64, r.Len()*s.Dim)
	rows := g.Rows[r.Slot]
	for i, id := range rows.IDs {
		if int(id) >= r.Lo && int(id) < r.Hi {
			for k := range s.Dim {
				x[(int(id)-r.Lo)*s.Dim+k] = float64(rows.Data[i*s.Dim+k])
			}
		}
	}
	return x
}

func gradients(r *rand.Rand, n int) (g []*Gradient) {
	for range n {
		g = append(g, sparse(r))
	}
	return g
}

func TestGramIsTheMatrixOfInnerProducts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := gradients(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), rapid.IntRange(1, 5).Draw(rt, "T"))
		var ranges []Range
		for i, s := range gramShape.Slots[:3] {
			n := max(s.Numbers, s.Rows)
			lo := rapid.IntRange(0, n-1).Draw(rt, "lo")
			ranges = append(ranges, Range{i, lo, rapid.IntRange(lo, n).Draw(rt, "hi")})
		}
		got := make([]float64, len(g)*len(g))
		Gram(got, g, ranges)
		for i := range g {
			for j := range g {
				want, size := 0.0, 0.0
				for _, r := range ranges {
					x, y := full(g[i], r), full(g[j], r)
					for k := range x {
						want += x[k] * y[k]
						size += math.Abs(x[k] * y[k])
					}
				}
				if math.Abs(got[i*len(g)+j]-want) > 1e-12*size {
					rt.Fatalf("products of %d and %d: %v, want %v", i, j, got[i*len(g)+j], want)
				}
			}
		}
	})
}

func TestCombine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := gradients(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), rapid.IntRange(1, 5).Draw(rt, "T"))
		factors := rapid.SliceOfN(rapid.Float64Range(-3, 3), len(g), len(g)).Draw(rt, "factors")
		ranges := []Range{{0, 0, 10}, {1, 100, 2000}, {2, 0, gramShape.Slots[2].Rows}}
		whole := func(slot int) Range {
			s := gramShape.Slots[slot]
			return Range{slot, 0, max(s.Numbers, s.Rows)}
		}
		want := make([][]float64, len(gramShape.Slots))
		touched := map[uint32]bool{}
		loss := make([]float64, gramShape.Tasks)
		for slot := range gramShape.Slots {
			for k, x := range g {
				numbers := full(x, whole(slot))
				if want[slot] == nil {
					want[slot] = make([]float64, len(numbers))
				}
				for i, v := range numbers {
					if slot == 0 || slot == 2 || slot == 1 && i >= 100 && i < 2000 {
						v *= factors[k]
					}
					want[slot][i] += v
				}
			}
		}
		for _, x := range g {
			for _, id := range x.Rows[2].IDs {
				touched[id] = true
			}
			for i, l := range x.Loss {
				loss[i] += l.Sum
			}
		}
		Combine(g, factors, ranges)
		for slot := range gramShape.Slots {
			for i, v := range full(g[0], whole(slot)) {
				if math.Abs(v-want[slot][i]) > 1e-5*(1+math.Abs(want[slot][i])) {
					rt.Fatalf("slot %d, number %d: %v, want %v", slot, i, v, want[slot][i])
				}
			}
		}
		if ids := g[0].Rows[2].IDs; len(ids) != len(touched) || !slices.IsSorted(ids) {
			rt.Fatalf("%d rows, want %d", len(ids), len(touched))
		}
		for i, l := range g[0].Loss {
			if math.Abs(l.Sum-loss[i]) > 1e-12 || l.Weight != float64(len(g)) {
				rt.Fatalf("loss of task %d: %v, want %v", i, l, loss[i])
			}
		}
	})
}

// A single gradient with factor 1 keeps its bits.
func TestCombineOfOne(t *testing.T) {
	g := sparse(rand.New(rand.NewPCG(1, 2)))
	want := g.Hash()
	Combine([]*Gradient{g}, []float64{1}, []Range{{0, 0, 10}, {2, 0, gramShape.Slots[2].Rows}})
	if g.Hash() != want {
		t.Error("the gradient changed")
	}
}

func BenchmarkGram(b *testing.B) {
	const tasks, n = 16, 300_000
	g := make([]*Gradient, tasks)
	for i := range g {
		x := make([]float32, n)
		for k := range x {
			x[k] = float32(k%7) - 3
		}
		g[i] = &Gradient{Dense: [][]float32{x}, Rows: make([]Rows, 1)}
	}
	out := make([]float64, tasks*tasks)
	for b.Loop() {
		Gram(out, g, []Range{{0, 0, n}})
	}
	b.ReportMetric(float64(b.N)*tasks*(tasks+1)/2*n/b.Elapsed().Seconds()/1e9, "products/ns")
}
