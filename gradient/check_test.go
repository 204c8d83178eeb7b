package gradient

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Any bit changes the checksum; the byte order of the machine does not.
func TestChecksum(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	large := &Gradient{Dense: [][]float32{make([]float32, 3*blockNumbers+5), nil},
		Rows: make([]Rows, 2), Loss: make([]Loss, 1)}
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

// BenchmarkChecksum takes a gradient of 2.4 MB. A step of that size takes 13 ms.
func BenchmarkChecksum(b *testing.B) {
	g := &Gradient{Dense: [][]float32{make([]float32, 500_000), nil}, Rows: make([]Rows, 2), Loss: make([]Loss, 2)}
	g.Rows[1] = Rows{Dim: 100, IDs: make([]uint32, 1000), Data: make([]float32, 100_000)}
	b.SetBytes(int64(g.Size(F32)))
	for b.Loop() {
		g.Checksum()
	}
}
