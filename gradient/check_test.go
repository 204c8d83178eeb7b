package gradient

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// The checksum is that of the bytes that would travel, and any bit changes it.
func TestChecksumIsThatOfTheBinaryForm(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		g := random(r)
		b := g.AppendBinary(nil, F32)
		want := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		if got := g.Checksum(); got != want {
			t.Fatalf("checksum %08x, want %08x", got, want)
		}
		was := littleEndian
		littleEndian = !was // words one by one are the slow twin
		got := g.Checksum()
		littleEndian = was
		if was && got != want {
			t.Fatalf("word by word %08x, want %08x", got, want)
		}
	}
	g := random(r)
	before := g.Checksum()
	g.Dense[0][2] = -g.Dense[0][2]
	if g.Checksum() == before {
		t.Error("another sign, the same checksum")
	}
}

func TestChecksumAllocatesNothing(t *testing.T) {
	g := random(rand.New(rand.NewPCG(1, 2)))
	if n := testing.AllocsPerRun(100, func() { g.Checksum() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
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
