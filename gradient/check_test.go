package gradient

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Any bit changes the checksum, and neither threads nor the order of bytes do.
func TestChecksum(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	large := &Gradient{Dense: [][]float32{make([]float32, 3*blockNumbers+5), nil}, Rows: make([]Rows, 2), Loss: make([]Loss, 1)}
	large.Rows[1] = Rows{Dim: 1, IDs: make([]uint32, blockNumbers+1), Data: make([]float32, blockNumbers+1)}
	for i := range large.Dense[0] {
		large.Dense[0][i] = r.Float32()
	}
	for _, g := range []*Gradient{random(r), random(r), large} {
		want := g.Checksum()
		was := littleEndian
		littleEndian = !was // words one by one are the slow twin
		got := g.Checksum()
		littleEndian = was
		if was && got != want {
			t.Fatalf("word by word %08x, want %08x", got, want)
		}
		for group, d := range g.Dense {
			for _, x := range [][]float32{d, g.Rows[group].Data} {
				for range min(len(x), 20) {
					i := r.IntN(len(x))
					bits := math.Float32bits(x[i])
					x[i] = math.Float32frombits(bits ^ 1<<r.IntN(32))
					if g.Checksum() == want {
						t.Errorf("number %d of group %d changed, the checksum did not", i, group)
					}
					x[i] = math.Float32frombits(bits)
				}
			}
		}
		g.Loss[0].Sum++
		if g.Checksum() == want {
			t.Error("another loss, the same checksum")
		}
	}
}

// What is weighed on several goroutines has the bits that one gives it.
func TestWeigh(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	weigh := func(threads int, factor float32) (*Gradient, uint32, float64) {
		r = rand.New(rand.NewPCG(9, 9))
		g := &Gradient{Dense: [][]float32{make([]float32, 3*blockNumbers+5), nil}, Rows: make([]Rows, 2), Loss: make([]Loss, 1)}
		g.Rows[1] = Rows{Dim: 2, IDs: []uint32{4, 7}, Data: []float32{1, -2, 3, 5}}
		for i := range g.Dense[0] {
			g.Dense[0][i] = r.Float32() - 0.5
		}
		crc, norm := NewWeigher(threads).Weigh(g, factor)
		return g, crc, norm
	}
	one, _, _ := weigh(1, 1)
	for _, threads := range []int{1, 2, 5} {
		g, crc, norm := weigh(threads, 0.3)
		if crc != one.Checksum() {
			t.Errorf("%d threads: the checksum is not that of before", threads)
		}
		want, sum := weighedBy(one, 0.3), 0.0
		for _, x := range append(want.Dense[0], want.Rows[1].Data...) {
			sum += float64(x) * float64(x)
		}
		if g.Hash() != want.Hash() || math.Abs(norm-math.Sqrt(sum)) > 1e-9*norm {
			t.Errorf("%d threads: norm %v, want %v", threads, norm, math.Sqrt(sum))
		}
		if _, _, again := weigh(1, 0.3); again != norm {
			t.Errorf("%d threads: norm %v, on one %v", threads, norm, again)
		}
	}
	w, g := NewWeigher(1), random(r)
	if n := testing.AllocsPerRun(100, func() { w.Weigh(g, 1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func weighedBy(g *Gradient, factor float32) *Gradient {
	var c Gradient
	shape := Shape{Dense: []int{len(g.Dense[0]), 0}, Dim: []int{0, 2}, Rows: []int{0, 9}, Tasks: 1}
	if err := c.Decode(g.AppendBinary(nil, F32), shape, F32); err != nil {
		panic(err)
	}
	c.Scale(factor)
	return &c
}

// BenchmarkChecksum is of a gradient of 2.4 MB: it must be small beside a step of 13 ms.
func BenchmarkChecksum(b *testing.B) {
	g := &Gradient{Dense: [][]float32{make([]float32, 500_000), nil}, Rows: make([]Rows, 2), Loss: make([]Loss, 2)}
	g.Rows[1] = Rows{Dim: 100, IDs: make([]uint32, 1000), Data: make([]float32, 100_000)}
	b.SetBytes(int64(g.Size(F32)))
	for b.Loop() {
		g.Checksum()
	}
}
