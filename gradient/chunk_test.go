package gradient

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// chunksOf cuts a gradient.
func chunksOf(g *Gradient, p Precision, limit, room int) (chunks [][]byte) {
	w := Writer{Precision: p, Room: room, Limit: limit, Send: func(buf []byte, last bool) error {
		chunks = append(chunks, slices.Clone(buf[room:]))
		return nil
	}}
	w.Begin()
	w.Write(g)
	if err := w.End(); err != nil {
		panic(err)
	}
	return chunks
}

// Chunks of any size in any order give the gradient again.
func TestChunks(t *testing.T) {
	var a Assembly
	back := new(Gradient)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		p := Precision(rapid.IntRange(0, 1).Draw(t, "precision"))
		limit := rapid.IntRange(40, 200).Draw(t, "limit")
		g := random(r)
		g.Round(p)
		chunks := chunksOf(g, p, limit, rapid.IntRange(0, 9).Draw(t, "room"))
		for _, c := range chunks {
			if len(c) > limit {
				t.Fatalf("a chunk of %d bytes, %d allowed", len(c), limit)
			}
		}
		r.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		a.Begin(back, shape, p)
		for _, c := range chunks {
			if err := a.Add(c, &shape); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := a.End(); err != nil || got.Hash() != g.Hash() {
			t.Fatal("another gradient after the chunks:", err)
		}
	})
}

// A gradient with missing or repeated numbers is refused.
func TestAssemblyRefuses(t *testing.T) {
	g := random(rand.New(rand.NewPCG(3, 3)))
	chunks := chunksOf(g, F32, 32, 0) // so that the dense group has two
	if len(chunks) < 4 {
		t.Fatalf("only %d chunks", len(chunks))
	}
	for i := range chunks {
		for _, twice := range []bool{false, true} {
			var a Assembly
			a.Begin(new(Gradient), shape, F32)
			var err error
			for k, c := range chunks {
				n := 1
				if k == i {
					n = 0
					if twice {
						n = 2
					}
				}
				for range n {
					if err == nil {
						err = a.Add(c, &shape)
					}
				}
			}
			got := (*Gradient)(nil)
			if err == nil {
				got, err = a.End()
			}
			// Rows that are missing cannot be known to be; the losses may come twice.
			if err == nil && (twice && i > 0 || !twice && len(got.Rows[1].IDs) == len(g.Rows[1].IDs)) {
				t.Errorf("chunk %d of %d, twice %v: taken", i, len(chunks), twice)
			}
		}
	}
}

// A patch goes where it belongs, whole or not at all.
func TestPatch(t *testing.T) {
	params := [][]float32{{1, 2, 3, 4, 5}, {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, {7, 8, 9}}
	var chunks [][]byte
	w := Writer{Limit: 30, Send: func(buf []byte, _ bool) error { chunks = append(chunks, slices.Clone(buf)); return nil }}
	w.Begin()
	w.Dense(0, 0, params[0])
	w.RowsOf(1, 2, []uint32{0, 2, 8}, params[1])
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	to := [][]float32{make([]float32, 5), make([]float32, 18), make([]float32, 3)}
	for _, c := range chunks {
		for n := range c {
			if n > 0 && CheckPatch(c[:n], &shape, F32) == nil {
				t.Errorf("a chunk cut off at %d of %d is taken", n, len(c))
			}
		}
		x := Patcher{Shape: &shape, Groups: func(i int) []float32 { return to[i] }}
		if err := x.Patch(c); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]float32{{1, 2, 3, 4, 5}, {4, 5, 0, 0, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 21}, {0, 0, 0}}
	if diff := cmp.Diff(want, to); diff != "" {
		t.Error(diff)
	}
}

// FuzzPatch takes anything as a patch: it applies whole or not at all.
func FuzzPatch(f *testing.F) {
	w := Writer{}
	w.Dense(0, 1, []float32{1, 2})
	w.RowsOf(1, 2, []uint32{0, 2}, make([]float32, 18))
	f.Add(w.buf)
	f.Fuzz(func(t *testing.T, b []byte) {
		groups := [][]float32{make([]float32, 5), make([]float32, 18), make([]float32, 3)}
		touched := false
		x := Patcher{Shape: &shape, Groups: func(i int) []float32 { touched = true; return groups[i] }}
		for _, x.Precision = range []Precision{F32, BF16} {
			for _, x.Add = range []bool{false, true} {
				if err := x.Patch(b); err != nil && touched {
					t.Fatal("written in part")
				}
				touched = false
			}
		}
	})
}
