package gradient

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// section returns a section of a chunk whose values are bytes.
func section(tag byte, slot, first, n uint32, values ...byte) []byte {
	b := []byte{tag}
	for _, v := range []uint32{slot, first, n} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return append(b, values...)
}

// Every field of a chunk is checked against the shape, at its bounds.
func TestChunksThatDoNotFit(t *testing.T) {
	floats := func(n int) []byte { return make([]byte, 4*n) }
	rows := func(ids ...uint32) (b []byte) {
		for _, id := range ids {
			b = binary.LittleEndian.AppendUint32(b, id)
		}
		return append(b, floats(2*len(ids))...)
	}
	for _, c := range []struct {
		name  string
		chunk []byte
		want  string // in the error; empty: none
	}{
		{"nothing", nil, ""},
		{"losses", append([]byte{tagLosses}, make([]byte, 32)...), ""},
		{"losses that end early", append([]byte{tagLosses}, make([]byte, 31)...), "ends early"},
		{"all of a slot", section(tagDense, 0, 0, 5, floats(5)...), ""},
		{"the last number", section(tagDense, 2, 2, 1, floats(1)...), ""},
		{"one number too many", section(tagDense, 2, 1, 3, floats(3)...), "3 numbers from 1 on of slot 2, which has 3"},
		{"a start at the end", section(tagDense, 2, 3, 1, floats(1)...), "1 numbers from 3 on"},
		{"a start behind the end", section(tagDense, 2, 4, 1, floats(1)...), "1 numbers from 4 on"},
		{"a start that overflows", section(tagDense, 2, 1<<32-1, 2, floats(2)...), "numbers from 4294967295 on"},
		{"no number", section(tagDense, 0, 0, 0), "0 numbers"},
		{"numbers of a table", section(tagDense, 1, 0, 1, floats(1)...), "slot 1, which has 0"},
		{"numbers that end early", section(tagDense, 0, 0, 5, floats(5)[:19]...), "ends early"},
		{"a head that ends early", section(tagDense, 0, 0, 1)[:12], "ends early"},
		{"a slot too high", section(tagDense, 3, 0, 1, floats(1)...), "slot 3 of 3"},
		{"another tag", section(4, 0, 0, 1, floats(1)...), "tag 4"},
		{"all rows", section(tagRows, 1, 0, 9, rows(0, 1, 2, 3, 4, 5, 6, 7, 8)...), ""},
		{"the last row", section(tagRows, 1, 0, 1, rows(8)...), ""},
		{"a row too high", section(tagRows, 1, 0, 1, rows(9)...), "not ascending below 9"},
		{"rows that fall", section(tagRows, 1, 0, 2, rows(3, 2)...), "not ascending"},
		{"a row twice", section(tagRows, 1, 0, 2, rows(3, 3)...), "not ascending"},
		{"more rows than the table", section(tagRows, 1, 0, 10, rows(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)...),
			"10 rows of slot 1, a table of 9"},
		{"no row", section(tagRows, 1, 0, 0), "0 rows"},
		{"rows of a dense slot", section(tagRows, 0, 0, 1, rows(0)...), "1 rows of slot 0"},
		{"rows that end early", section(tagRows, 1, 0, 1, rows(0)[:11]...), "ends early"},
	} {
		err := CheckPatch(c.chunk, &shape, F32)
		if got := ""; err != nil {
			if got = err.Error(); c.want == "" || !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s: accepted, want %q", c.name, c.want)
		}
		// The same behind a section that fits.
		long := append(section(tagDense, 0, 0, 1, floats(1)...), c.chunk...)
		if after := CheckPatch(long, &shape, F32); (after == nil) != (c.want == "") {
			t.Errorf("%s behind another section: %v", c.name, after)
		}
	}
}

// A patch with increments adds, one with values sets; both in either precision.
func TestPatchAdds(t *testing.T) {
	for _, p := range []Precision{F32, BF16} {
		for _, add := range []bool{false, true} {
			var chunk []byte
			w := Writer{Precision: p, Send: func(b []byte, _ bool) error { chunk = slices.Clone(b); return nil }}
			w.Begin()
			w.Losses([]Loss{{1, 2}, {3, 4}}) // a patch ignores losses
			w.Dense(2, 1, []float32{0.5, 2})
			w.Rows(1, Rows{Dim: 2, IDs: []uint32{1, 3}, Data: []float32{1, 2, 4, 8}})
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
			groups := [][]float32{make([]float32, 5), make([]float32, 18), {10, 20, 30}}
			for i := range groups[1] {
				groups[1][i] = 100
			}
			x := Patcher{Shape: &shape, Groups: func(g int) []float32 { return groups[g] }, Precision: p, Add: add}
			if err := x.Patch(chunk); err != nil {
				t.Fatal(err)
			}
			dense, rows := []float32{10, 0.5, 2}, []float32{100, 100, 1, 2, 100, 100, 4, 8, 100, 100}
			if add {
				dense, rows = []float32{10, 20.5, 32}, []float32{100, 100, 101, 102, 100, 100, 104, 108, 100, 100}
			}
			if !slices.Equal(groups[2], dense) || !slices.Equal(groups[1][:10], rows) || slices.Max(groups[0]) != 0 {
				t.Errorf("precision %d, add %v: %v", p, add, groups)
			}
		}
	}
}

// The shape names the group of each slot.
func TestPatchGoesToTheSlotsGroup(t *testing.T) {
	turned := Shape{Slots: []Slot{{Group: 1, Numbers: 2}, {Group: 0, Dim: 1, Rows: 3}}, Tasks: 1}
	groups := [][]float32{make([]float32, 3), make([]float32, 2)}
	x := Patcher{Shape: &turned, Groups: func(g int) []float32 { return groups[g] }}
	w := Writer{}
	w.Dense(0, 1, []float32{5})
	w.Rows(1, Rows{Dim: 1, IDs: []uint32{2}, Data: []float32{6}})
	if err := x.Patch(w.buf); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(groups[0], []float32{0, 0, 6}) || !slices.Equal(groups[1], []float32{0, 5}) {
		t.Error(groups)
	}
}
