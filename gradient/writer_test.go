package gradient

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A chunk is as full as whole numbers allow: sections of 13 bytes and 4 for each number.
func TestChunksAreFull(t *testing.T) {
	sizes := func(limit, room int, write func(w *Writer)) (all []int, last []bool) {
		w := Writer{Limit: limit, Room: room, Send: func(buf []byte, end bool) error {
			all, last = append(all, len(buf)-room), append(last, end)
			return nil
		}}
		w.Begin()
		write(&w)
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		return all, last
	}
	seven := func(w *Writer) { w.Dense(0, 0, make([]float32, 7)) }
	for _, c := range []struct {
		limit int
		want  []int
	}{
		{0, []int{13 + 28}}, {41, []int{41}}, {40, []int{13 + 24, 13 + 4}}, {25, []int{25, 25, 17}},
		{17, slices.Repeat([]int{17}, 7)},
		{5, slices.Repeat([]int{17}, 7)}, // a number that fits nowhere has a chunk of its own
	} {
		for _, room := range []int{0, 3} {
			got, last := sizes(c.limit, room, seven)
			if !slices.Equal(got, c.want) {
				t.Errorf("limit %d, room %d: chunks of %v bytes, want %v", c.limit, room, got, c.want)
			}
			for i, end := range last {
				if end != (i == len(last)-1) {
					t.Errorf("limit %d: chunk %d of %d is the last: %v", c.limit, i, len(last), end)
				}
			}
		}
	}
	// Two slots share a chunk while a section with a number fits.
	got, _ := sizes(40, 0, func(w *Writer) { w.Dense(0, 0, make([]float32, 2)); w.Dense(2, 0, make([]float32, 3)) })
	if want := []int{21 + 17, 21}; !slices.Equal(got, want) {
		t.Errorf("two slots: chunks of %v bytes, want %v", got, want)
	}
	got, _ = sizes(37, 0, func(w *Writer) { w.Dense(0, 0, make([]float32, 2)); w.Dense(2, 0, make([]float32, 3)) })
	if want := []int{21, 25}; !slices.Equal(got, want) {
		t.Errorf("two slots that do not share: chunks of %v bytes, want %v", got, want)
	}
	// Losses are not cut; a row is 4 bytes and its numbers.
	got, _ = sizes(40, 0, func(w *Writer) {
		w.Losses(make([]Loss, 2))
		w.RowsOf(1, 2, []uint32{1, 2, 3}, make([]float32, 18))
	})
	if want := []int{33, 13 + 24, 13 + 12}; !slices.Equal(got, want) {
		t.Errorf("losses and rows: chunks of %v bytes, want %v", got, want)
	}
	for limit, want := range map[int][]int{65: {21, 33}, 66: {54}} { // losses count as a section of 13 + 32
		got, _ = sizes(limit, 0, func(w *Writer) { w.Dense(0, 0, make([]float32, 2)); w.Losses(make([]Loss, 2)) })
		if !slices.Equal(got, want) {
			t.Errorf("numbers and losses, limit %d: chunks of %v bytes, want %v", limit, got, want)
		}
	}
	got, _ = sizes(40, 0, func(w *Writer) {})
	if !slices.Equal(got, []int{0}) {
		t.Errorf("nothing: chunks of %v bytes", got)
	}
}

// The writer stops at the first error of Send, and Begin clears it.
func TestWriterStopsAtAnError(t *testing.T) {
	sent, broken := 0, errors.New("broken")
	w := Writer{Limit: 20, Send: func([]byte, bool) error {
		if sent++; sent == 2 {
			return broken
		}
		return nil
	}}
	w.Begin()
	w.Write(random(rand.New(rand.NewPCG(3, 3))))
	if err := w.End(); !errors.Is(err, broken) || sent != 2 {
		t.Errorf("%v after %d chunks", err, sent)
	}
	w.Begin()
	w.Losses(make([]Loss, 1))
	if err := w.End(); err != nil || sent != 3 {
		t.Errorf("after Begin: %v after %d chunks", err, sent)
	}
}

// A writer that has grown allocates nothing.
func TestWriterAllocatesNothing(t *testing.T) {
	g := random(rand.New(rand.NewPCG(3, 3)))
	w := Writer{Limit: 64, Room: 8, Send: func([]byte, bool) error { return nil }}
	if n := testing.AllocsPerRun(10, func() {
		w.Begin()
		w.Write(g)
		_ = w.End()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// The error of an assembly names the slot and the place.
func TestAssemblyErrors(t *testing.T) {
	losses := append([]byte{tagLosses}, make([]byte, 32)...)
	dense := func(slot, first, n uint32) []byte { return section(tagDense, slot, first, n, make([]byte, 4*n)...) }
	row := func(id byte) []byte {
		return section(tagRows, 1, 0, 1, append([]byte{id, 0, 0, 0}, make([]byte, 8)...)...)
	}
	for _, c := range []struct {
		want   string
		chunks [][]byte
	}{
		{"", [][]byte{losses}},
		{"", [][]byte{losses, dense(0, 3, 2), dense(2, 0, 3), dense(0, 0, 3), row(4), row(2)}},
		{"", [][]byte{losses, row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8)}},
		{"has no losses", [][]byte{dense(0, 0, 5)}},
		{"slot 0 lacks numbers from 3 on", [][]byte{losses, dense(0, 0, 3)}},
		{"slot 0 lacks or doubles numbers from 0 on", [][]byte{losses, dense(0, 1, 4)}},
		{"slot 2 lacks or doubles numbers from 1 on", [][]byte{losses, dense(0, 0, 5), dense(2, 0, 1), dense(2, 2, 1)}},
		{"slot 0 lacks or doubles numbers from 1 on", [][]byte{losses, dense(0, 0, 2), dense(0, 1, 4)}},
		{"more numbers than its slots have", [][]byte{losses, dense(0, 0, 5), dense(2, 0, 3), dense(2, 0, 1)}},
		{"row 4 comes twice", [][]byte{losses, row(4), row(4)}},
		{"row 4 comes twice", [][]byte{losses, row(4), row(2), row(4)}},
		{"more rows of slot 1 than its table has", [][]byte{losses,
			row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), row(0)}},
	} {
		var a Assembly
		a.Begin(new(Gradient), shape, F32)
		var err error
		for _, chunk := range c.chunks {
			if err == nil {
				err = a.Add(chunk, &shape)
			}
		}
		if err == nil {
			_, err = a.End()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// A gradient that is decoded into again keeps nothing of before, and grows no more.
func TestDecodeReusesMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	full, empty := random(r), &Gradient{Dense: make([][]float32, 3), Rows: make([]Rows, 3), Loss: make([]Loss, 2)}
	for full.Dense[2] == nil || len(full.Rows[1].IDs) < 3 {
		full = random(r)
	}
	var back Gradient
	for i, g := range []*Gradient{full, empty, full, empty} {
		if err := back.Decode(g.AppendBinary(nil, F32), shape, F32); err != nil || back.Hash() != g.Hash() {
			t.Errorf("decoding %d: %v, another gradient", i, err)
		}
	}
	b, e := full.AppendBinary(nil, F32), empty.AppendBinary(nil, F32)
	var a Assembly
	if n := testing.AllocsPerRun(10, func() {
		for _, chunk := range [][]byte{b, e} {
			a.Begin(&back, shape, F32)
			_ = a.Add(chunk, &shape)
			_, _ = a.End()
		}
	}); n > 2 { // the visitor of each Add
		t.Errorf("%v allocations", n)
	}
}
