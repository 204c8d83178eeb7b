package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"braid/internal/fixture"
	"braid/internal/kernel"
)

// charModel is a CharCNN with parameters: the table, then those of Specs.
type charModel struct {
	CharCNN
	params []Param
	packed CharCNNPacked
	state  CharCNNState
}

func newCharModel(m CharCNN) *charModel {
	return &charModel{CharCNN: m, params: testGroup(append([]Spec{m.Table()}, m.Specs()...)).Params}
}

func (m *charModel) pack() {
	for piece := range m.PackPieces(&m.packed, m.params[1:], true) {
		m.PackPiece(&m.packed, m.params[0].Data, piece)
	}
}

func (m *charModel) forward(b *Bags) []float32 { return m.Forward(&m.state, &m.packed, b) }

// weights returns a shard's gradient in the order of params.
func (m *charModel) weights(dy []float32, rows []int32) []float32 {
	grad := make([]float32, m.Characters*m.Dim+m.Size())
	ids, data := m.Weights(&m.state, &m.packed, m.params[0].Data, dy, rows, grad[m.Characters*m.Dim:], nil, nil)
	for e, id := range ids {
		if e > 0 && ids[e-1] >= id {
			panic(fmt.Sprintf("ids %v do not ascend", ids))
		}
		copy(grad[int(id)*m.Dim:], data[e*m.Dim:(e+1)*m.Dim])
	}
	return grad
}

// testSpellings are words of 0 to 8 of the first n characters, many of them equal.
func testSpellings(rows, n int) *Bags {
	b, r := &Bags{Off: []uint32{0}}, rand.New(rand.NewPCG(1, uint64(n)))
	for k := range 12 {
		for range k % 9 {
			b.IDs = append(b.IDs, uint32(r.IntN(n)))
		}
		b.Off = append(b.Off, uint32(len(b.IDs)))
	}
	for range rows {
		b.At = append(b.At, uint32(r.IntN(12)))
	}
	return b
}

// charTwin is the definition, in float64.
func charTwin(m CharCNN, b *Bags, p [][]float64) (y []float64) {
	for r := range b.At {
		ids := b.of(int32(r))
		for f := range m.Filters {
			top := math.Inf(-1)
			for t := range ids {
				z := p[2][f]
				for j := range m.Width {
					if c := t + j - m.Width/2; c >= 0 && c < len(ids) {
						for d := range m.Dim {
							z += p[1][(f*m.Dim+d)*m.Width+j] * p[0][int(ids[c])*m.Dim+d]
						}
					}
				}
				top = max(top, z)
			}
			y = append(y, max(0, top))
		}
	}
	return y
}

// Every character of torch's batch is a character of its own here.
func TestCharCNNIsTorchs(t *testing.T) {
	f := fixture.Load(t, "conv1d_maxpool")
	const batch, time, dim = 3, 9, 5
	m := newCharModel(CharCNN{Characters: batch * time, Dim: dim, Filters: 6, Width: int(f.Number("kernel"))})
	if pad := int(f.Number("padding")); pad != m.Width/2 {
		t.Fatalf("torch pads %d", pad)
	}
	x, words := f.F32("x"), &Bags{Off: []uint32{0}}
	for i := range batch {
		for c := range time {
			for d := range dim {
				m.params[0].Data[(i*time+c)*dim+d] = x[(i*dim+d)*time+c]
			}
			words.IDs = append(words.IDs, uint32(i*time+c))
		}
		words.At, words.Off = append(words.At, uint32(i)), append(words.Off, uint32(len(words.IDs)))
	}
	copy(m.params[1].Data, f.F32("weight"))
	copy(m.params[2].Data, f.F32("bias"))
	m.pack()
	f.Equal("y", m.forward(words), torchTolerance)
	grad := m.weights(f.F32("dy"), upTo(batch))
	dx := make([]float32, len(x))
	for i := range batch {
		for c := range time {
			for d := range dim {
				dx[(i*dim+d)*time+c] = grad[(i*time+c)*dim+d]
			}
		}
	}
	f.Equal("d_x", dx, torchTolerance)
	rest := grad[len(x):]
	f.Equal("d_weight", rest[:6*dim*3], torchTolerance)
	f.Equal("d_bias", rest[6*dim*3:], torchTolerance)
}

func TestCharCNNGradient(t *testing.T) {
	for _, width := range []int{1, 3, 5} {
		l, m := testLayout(), newCharModel(CharCNN{Characters: 9, Dim: 4, Filters: 5, Width: width})
		b := testSpellings(l.N(), 8) // the last character never occurs
		dy := randoms(99, l.N()*m.Filters, 1)
		checked{
			params: m.params, shards: l.S(), width: m.Filters,
			rowsOf:  func(shard int) []int32 { return l.Rows[shard] },
			forward: func() []float32 { m.pack(); return m.forward(b) },
			weights: func(shard int, grad []float32) { copy(grad, m.weights(dy, l.Rows[shard])) },
			twin:    func(_ []float64, p [][]float64) []float64 { return charTwin(m.CharCNN, b, p) },
		}.against(t)
	}
}

// Of equal maxima the first has the gradient; a maximum of 0 or less has none.
func TestCharCNNOfEqualMaxima(t *testing.T) {
	m := newCharModel(CharCNN{Characters: 2, Dim: 1, Filters: 3, Width: 3})
	copy(m.params[0].Data, []float32{0, 1})
	copy(m.params[1].Data, []float32{
		0, 1, 1, // of the word 1 1 1: 2, 2 and 1
		0, -1, 0, // -1
		0, 0, 0}) // 0
	clear(m.params[2].Data)
	m.pack()
	if y := m.forward(&Bags{At: []uint32{0}, Off: []uint32{0, 3}, IDs: []uint32{1, 1, 1}}); !slices.Equal(y,
		[]float32{2, 0, 0}) {
		t.Errorf("y = %v", y)
	}
	want := []int32{0, -1, -1}
	if !slices.Equal(m.state.at, want) {
		t.Errorf("positions %v, want %v", m.state.at, want)
	}
	got := m.weights([]float32{1, 1, 1}, upTo(1))
	if want := []float32{0, 2, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("gradient %v, want %v", got, want)
	}
}

// A parameter that is not a number shows in the rows of its words.
func TestCharCNNKeepsNaN(t *testing.T) {
	m := newCharModel(CharCNN{Characters: 3, Dim: 2, Filters: 2, Width: 3})
	m.params[0].Data[2*2] = float32(math.NaN())
	m.pack()
	y := m.forward(&Bags{At: []uint32{0, 1}, Off: []uint32{0, 4, 8}, IDs: []uint32{0, 1, 0, 1, 0, 2, 0, 1}})
	if y[0] != y[0] || y[1] != y[1] || y[2] == y[2] || y[3] == y[3] {
		t.Errorf("rows %v", y)
	}
}

// The bits of a word's row and of a shard's gradient depend neither on the other words of the
// block nor on the form of the kernel.
func TestCharCNNOfAnySplit(t *testing.T) {
	l, m := testLayout(), newCharModel(CharCNN{Characters: 600, Dim: 30, Filters: 37, Width: 3})
	b := testSpellings(l.N(), 600)
	was := kernel.Form()
	defer kernel.Use(was)
	var first []string
	for _, form := range kernel.Forms() {
		if err := kernel.Use(form); err != nil {
			t.Fatal(err)
		}
		m.pack()
		dy := randoms(4, l.N()*m.Filters, 1)
		for shard, rows := range l.Rows {
			y := slices.Clone(m.forward(b))
			got := m.weights(dy, rows)
			alone, dAlone := &Bags{Off: b.Off, IDs: b.IDs}, []float32(nil)
			for _, r := range rows {
				alone.At = append(alone.At, b.At[r])
				dAlone = append(dAlone, dy[int(r)*m.Filters:int(r+1)*m.Filters]...)
			}
			for k, v := range m.forward(alone) {
				if v != y[int(rows[k/m.Filters])*m.Filters+k%m.Filters] {
					t.Fatalf("%s, shard %d: other rows in a block of its own", form, shard)
				}
			}
			if !slices.Equal(got, m.weights(dAlone, upTo(len(rows)))) {
				t.Errorf("%s, shard %d: another gradient in a block of its own", form, shard)
			}
			switch text := fmt.Sprint(y, got); {
			case len(first) <= shard:
				first = append(first, text)
			case first[shard] != text:
				t.Errorf("%s, shard %d: other bits than %s", form, shard, kernel.Forms()[0])
			}
		}
	}
}

// Any words, cut into any shards, have the rows of the definition, and the gradient of a shard has
// the bits of the shard alone.
func TestCharCNNOfAnyWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newCharModel(CharCNN{Characters: rapid.IntRange(1, 5).Draw(t, "characters"),
			Dim: rapid.IntRange(1, 4).Draw(t, "dim"), Filters: rapid.IntRange(1, 40).Draw(t, "filters"),
			Width: 1 + 2*rapid.IntRange(0, 3).Draw(t, "width")})
		spelling := rapid.SliceOfN(rapid.Uint32Range(0, uint32(m.Characters-1)), 0, 6)
		b := &Bags{Off: []uint32{0}}
		for _, ids := range rapid.SliceOfN(spelling, 1, 12).Draw(t, "words") {
			b.At, b.IDs = append(b.At, uint32(len(b.At))), append(b.IDs, ids...)
			b.Off = append(b.Off, uint32(len(b.IDs)))
		}
		m.pack()
		var params [][]float64
		for _, p := range m.params {
			params = append(params, widen(p.Data))
		}
		y := slices.Clone(m.forward(b))
		for i, want := range charTwin(m.CharCNN, b, params) {
			if math.Abs(float64(y[i])-want) > 1e-5 {
				t.Fatalf("row %d, filter %d: %v, want %v", i/m.Filters, i%m.Filters, y[i], want)
			}
		}
		dy, rows := randoms(4, len(y), 1), []int32(nil)
		alone, dAlone := &Bags{Off: b.Off, IDs: b.IDs}, []float32(nil)
		for r := range b.At {
			if rapid.Bool().Draw(t, "in the shard") {
				rows, alone.At = append(rows, int32(r)), append(alone.At, b.At[r])
				dAlone = append(dAlone, dy[r*m.Filters:(r+1)*m.Filters]...)
			}
		}
		together := m.weights(dy, rows)
		m.forward(alone)
		if !slices.Equal(together, m.weights(dAlone, upTo(len(rows)))) {
			t.Fatal("another gradient than the shard alone")
		}
	})
}

func TestCharCNNAllocatesNothing(t *testing.T) {
	l, m := testLayout(), newCharModel(CharCNN{Characters: 300, Dim: 8, Filters: 6, Width: 3})
	large, small := testSpellings(l.N(), 300), testSpellings(3, 9)
	dy, grad := randoms(4, l.N()*m.Filters, 1), make([]float32, m.Size())
	var ids []uint32
	var data []float32
	step := func() {
		m.pack()
		m.forward(small)
		m.forward(large)
		for _, rows := range l.Rows {
			ids, data = m.Weights(&m.state, &m.packed, m.params[0].Data, dy, rows, grad, ids[:0], data[:0])
		}
	}
	step()
	if n := testing.AllocsPerRun(10, step); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkCharCNN is forward and gradient of a block of 1,000 words of 1 to 10 of 100 characters,
// of which 500 differ, in 8 shards.
func BenchmarkCharCNN(b *testing.B) {
	for _, filters := range []int{30, 50} {
		b.Run(fmt.Sprintf("F=%d", filters), func(b *testing.B) {
			m := newCharModel(CharCNN{Characters: 100, Dim: 30, Filters: filters, Width: 3})
			words, r := &Bags{Off: []uint32{0}}, rand.New(rand.NewPCG(1, 2))
			for range 500 {
				for range 1 + r.IntN(10) {
					words.IDs = append(words.IDs, uint32(r.IntN(100)))
				}
				words.Off = append(words.Off, uint32(len(words.IDs)))
			}
			rows := make([][]int32, 8)
			for k := range 1000 {
				words.At = append(words.At, uint32(k%500))
				rows[k%8] = append(rows[k%8], int32(k))
			}
			dy, grad := randoms(1, 1000*filters, 1), make([]float32, m.Size())
			var ids []uint32
			var data []float32
			b.ReportAllocs()
			for b.Loop() {
				m.pack()
				m.forward(words)
				for _, shard := range rows {
					ids, data = m.Weights(&m.state, &m.packed, m.params[0].Data, dy, shard, grad, ids[:0], data[:0])
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "words/s")
		})
	}
}
