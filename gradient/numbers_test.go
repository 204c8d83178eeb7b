package gradient

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// places lists where a gradient has numbers.
func places(g *Gradient) (all []*float32) {
	for i := range g.Dense {
		for k := range g.Dense[i] {
			all = append(all, &g.Dense[i][k])
		}
		for k := range g.Rows[i].Data {
			all = append(all, &g.Rows[i].Data[k])
		}
	}
	return all
}

func TestFinite(t *testing.T) {
	g := random(rand.New(rand.NewPCG(1, 5)))
	if !g.Finite() {
		t.Fatal("not finite")
	}
	for i, x := range places(g) {
		was := *x
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if *x = float32(v); g.Finite() {
				t.Errorf("number %d is %v, and the gradient finite", i, v)
			}
		}
		*x = was
	}
	for i := range g.Loss {
		for _, x := range []*float64{&g.Loss[i].Sum, &g.Loss[i].Weight} {
			was := *x
			if *x = math.Inf(1); g.Finite() {
				t.Errorf("a loss of task %d is infinite, and the gradient finite", i)
			}
			*x = was
		}
	}
}

// Scale multiplies every number and no loss.
func TestScale(t *testing.T) {
	g := random(rand.New(rand.NewPCG(1, 6)))
	was, losses := copyOf(g), slices.Clone(g.Loss)
	g.Scale(0.5)
	before := places(was)
	for i, x := range places(g) {
		if *x != *before[i]/2 {
			t.Errorf("number %d is %v, want half of %v", i, *x, *before[i])
		}
	}
	if !slices.Equal(g.Loss, losses) {
		t.Errorf("losses %v, before %v", g.Loss, losses)
	}
}

func TestPrecision(t *testing.T) {
	for name, want := range map[string]Precision{"f32": F32, "bf16": BF16} {
		if got := ParsePrecision(name); got != want {
			t.Errorf("%s is precision %d", name, got)
		}
	}
	if F32.Bytes() != 4 || BF16.Bytes() != 2 {
		t.Errorf("numbers of %d and %d bytes", F32.Bytes(), BF16.Bytes())
	}
	const x = 1 + 0x1p-7 + 0x1p-9 // one step of bfloat16 above 1 and a quarter of one
	for p, want := range map[Precision]float32{F32: x, BF16: 1 + 0x1p-7} {
		one := []float32{x}
		if p.Round(one); one[0] != want {
			t.Errorf("precision %d: %v becomes %v", p, float32(x), one[0])
		}
		sum := []float32{1}
		if p.Add(sum, []float32{0x1p-7 + 0x1p-9}); sum[0] != want {
			t.Errorf("precision %d: the sum is %v, want %v", p, sum[0], want)
		}
	}
}

// Floats travel as little-endian words, whatever the machine's order.
func TestFloatBytes(t *testing.T) {
	x := []float32{1, -2.5, 0x1p-130}
	want := []byte{0xee, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0x08, 0}
	was := littleEndian
	defer func() { littleEndian = was }()
	for _, littleEndian = range []bool{was, false} {
		b := AppendFloats([]byte{0xee}, x, F32)
		if !slices.Equal(b, want) {
			t.Errorf("little endian %v: % x", littleEndian, b)
		}
		back := make([]float32, 3)
		if ReadFloats(back, append(b[1:], 7, 7), F32); !slices.Equal(back, x) {
			t.Errorf("little endian %v: %v", littleEndian, back)
		}
	}
	if b := AppendFloats(nil, []float32{1, -2.5}, BF16); !slices.Equal(b, []byte{0x80, 0x3f, 0x20, 0xc0}) {
		t.Errorf("bf16: % x", b)
	}
	littleEndian = was
	if len(AppendFloats(nil, nil, F32)) != 0 {
		t.Error("bytes of no number")
	}
	ReadFloats(nil, nil, F32)
	if fast := runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"; fast && !littleEndian {
		t.Error("this machine is little endian, and floats travel one by one")
	}
}

// The checksum of rows is that of their bytes: ids, then numbers.
func TestRowsChecksum(t *testing.T) {
	r := Rows{Dim: 1, IDs: []uint32{3, 0x01020304}, Data: []float32{1, -2.5}}
	b := []byte{3, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0}
	if got, want := r.Checksum(), crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)); got != want {
		t.Errorf("%08x, want %08x", got, want)
	}
}

// The checksum is that of losses, slots with their lengths and row ids, and checksums of blocks, in
// bytes. Runs record it: another formula would make every replay differ.
func TestChecksumByHand(t *testing.T) {
	g := &Gradient{Dense: [][]float32{{1, -2.5}, nil}, Rows: []Rows{{}, {Dim: 1, IDs: []uint32{3}, Data: []float32{1}}},
		Loss: []Loss{{Sum: 1, Weight: 2}}}
	table := crc32.MakeTable(crc32.Castagnoli)
	word := func(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(1))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(2))
	b = word(word(b, 0), 2)          // slot 0, 2 numbers
	b = word(word(word(b, 1), 0), 3) // slot 1, no dense numbers, row 3
	b = word(b, crc32.Checksum([]byte{0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0}, table))
	b = word(b, crc32.Checksum([]byte{0, 0, 0x80, 0x3f}, table))
	if got, want := g.Checksum(), crc32.Checksum(b, table); got != want {
		t.Errorf("%08x, want %08x", got, want)
	}
}

// Blocks cut every slot at multiples of 16,384, dense numbers before rows.
func TestBlocks(t *testing.T) {
	n := blockNumbers
	if n != 16384 {
		t.Errorf("blocks of %d numbers: checksums of runs are of blocks of 16,384", n)
	}
	g := &Gradient{Dense: [][]float32{make([]float32, 2*n+1), nil, make([]float32, n)}, Rows: make([]Rows, 3)}
	g.Rows[1] = Rows{Dim: 2, IDs: make([]uint32, n/2+1), Data: make([]float32, n+2)}
	got := g.AppendBlocks([]Block{{Range{9, 9, 9}, true}})
	want := []Block{{Range{9, 9, 9}, true},
		{Range{0, 0, n}, false}, {Range{0, n, 2 * n}, false}, {Range{0, 2 * n, 2*n + 1}, false},
		{Range{1, 0, n}, true}, {Range{1, n, n + 2}, true}, {Range{2, 0, n}, false}}
	if !slices.Equal(got, want) {
		t.Errorf("blocks %v, want %v", got, want)
	}
	for _, b := range want[1:] {
		if x := g.Block(b); len(x) != b.Len() {
			t.Errorf("block %v has %d numbers", b, len(x))
		}
	}
	g.Rows[1].Data[n] = 7
	if x := g.Block(want[5]); x[0] != 7 {
		t.Errorf("the second block of rows begins with %v", x[0])
	}
}

// A sum of gradients of different shapes is a fault of the caller.
func TestAddPanics(t *testing.T) {
	for _, g := range []*Gradient{
		{Dense: make([][]float32, 2), Rows: make([]Rows, 2), Loss: make([]Loss, 2)},
		{Dense: make([][]float32, 3), Rows: make([]Rows, 3), Loss: make([]Loss, 1)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a sum with %d slots and %d tasks", len(g.Dense), len(g.Loss))
				}
			}()
			random(rand.New(rand.NewPCG(1, 1))).Add(g, F32)
		}()
	}
}
