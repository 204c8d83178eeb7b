package nn

import (
	"math"
	"slices"
	"testing"
)

func TestDropoutKeepsTheExpectedShare(t *testing.T) {
	const width, sequences = 101, 64
	lengths, ids := make([]int32, sequences), make([]uint64, sequences)
	for i := range lengths {
		lengths[i], ids[i] = 10, uint64(i)
	}
	l := NewLayout(lengths, make([]int32, sequences), 1)
	x := make([]float32, l.N()*width)
	for i := range x {
		x[i] = 1
	}
	for _, p := range []float32{0.1, 0.3, 0.5, 0.9} {
		y := make([]float32, len(x))
		Dropout{P: p}.Apply(y, x, l, width, &Masks{Seed: 3, IDs: ids})
		zeros, sum := 0.0, 0.0
		for _, v := range y {
			if v == 0 {
				zeros++
			}
			sum += float64(v)
		}
		n := float64(len(x))
		sigma := math.Sqrt(float64(p) * float64(1-p) / n)
		if share := zeros / n; math.Abs(share-float64(p)) > 4*sigma {
			t.Errorf("p %v: %v dropped, four sigma are %v", p, share, 4*sigma)
		}
		if mean := sum / n; math.Abs(mean-1) > 4*sigma/float64(1-p) {
			t.Errorf("p %v: mean %v, want 1", p, mean)
		}
	}
}

// The mask of an example does not depend on the block, its row or its neighbours.
func TestDropoutFollowsTheExample(t *testing.T) {
	const width = 7
	d := Dropout{P: 0.5, Place: 1}
	apply := func(lengths []int32, ids []uint64, step uint64, which int) []float32 {
		l := NewLayout(lengths, make([]int32, len(lengths)), 1)
		y := randoms(1, l.N()*width, 0)
		for i := range y {
			y[i] = 1
		}
		d.Apply(y, y, l, width, &Masks{Seed: 1, Step: step, IDs: ids})
		var out []float32
		for t := range int(lengths[which]) {
			out = append(out, y[l.At(t, which)*width:][:width]...)
		}
		return out
	}
	alone := apply([]int32{5}, []uint64{42}, 9, 0)
	if among := apply([]int32{8, 5, 3}, []uint64{1, 42, 2}, 9, 1); !slices.Equal(alone, among) {
		t.Error("the mask of example 42 depends on its neighbours")
	}
	if next := apply([]int32{5}, []uint64{42}, 10, 0); slices.Equal(alone, next) {
		t.Error("the mask of example 42 is the same in the next step")
	}
	if other := apply([]int32{5}, []uint64{43}, 9, 0); slices.Equal(alone, other) {
		t.Error("examples 42 and 43 have the same mask")
	}
}

// A locked dropout zeroes the same elements in all rows of a sequence, others in the next sequence and step.
func TestLockedDropout(t *testing.T) {
	const width = 9
	l, d := NewLayout([]int32{6, 6}, []int32{0, 0}, 1), Dropout{P: 0.5, Place: 1, Locked: true}
	apply := func(step uint64) (rows [2][]float32) {
		m := &Masks{Seed: 1, Step: step, IDs: []uint64{4, 5}}
		y := slices.Repeat([]float32{1}, l.N()*width)
		d.Apply(y, y, l, width, m)
		masks := d.AppendMasks(nil, l, width, m)
		for i := range rows {
			rows[i] = masks[i*width : (i+1)*width]
			for t0 := range 6 {
				if got := y[l.At(t0, i)*width:][:width]; !slices.Equal(got, rows[i]) {
					t.Errorf("row %d of sequence %d is %v, its mask %v", t0, i, got, rows[i])
				}
			}
		}
		return rows
	}
	now, next := apply(1), apply(2)
	if slices.Equal(now[0], now[1]) || slices.Equal(now[0], next[0]) {
		t.Error("two sequences or two steps have the same mask")
	}
	if !slices.Contains(now[0], 0) || !slices.Contains(now[0], 2) {
		t.Errorf("mask %v of probability 0.5", now[0])
	}
	evaluation := d.AppendMasks(nil, l, width, nil)
	if (Dropout{}).AppendMasks(nil, l, width, &Masks{IDs: []uint64{1, 2}}) != nil || evaluation != nil {
		t.Error("masks without dropout, or in evaluation")
	}
}

func TestWordDropout(t *testing.T) {
	const width, sequences = 5, 200
	lengths, ids := slices.Repeat([]int32{10}, sequences), make([]uint64, sequences)
	for i := range ids {
		ids[i] = uint64(i)
	}
	l := NewLayout(lengths, make([]int32, sequences), 1)
	x := slices.Repeat([]float32{3}, l.N()*width)
	d := WordDropout{P: 0.2, Place: 7}
	if d.Apply(x, l, width, nil); slices.Contains(x, 0) {
		t.Error("evaluation drops words")
	}
	d.Apply(x, l, width, &Masks{Seed: 3, IDs: ids})
	zeros := 0
	for row := range slices.Chunk(x, width) {
		switch {
		case slices.Equal(row, make([]float32, width)):
			zeros++
		case !slices.Equal(row, slices.Repeat([]float32{3}, width)):
			t.Fatalf("row %v is neither whole nor 0", row)
		}
	}
	n := float64(l.N())
	if share := float64(zeros) / n; math.Abs(share-0.2) > 4*math.Sqrt(0.16/n) {
		t.Errorf("%v of words dropped, want 0.2", share)
	}
}

func TestNoMasksIsEvaluation(t *testing.T) {
	l := testLayout()
	x := randoms(1, l.N()*3, 1)
	y := make([]float32, len(x))
	if (Dropout{P: 0.5}).Apply(y, x, l, 3, nil); !slices.Equal(x, y) {
		t.Error("dropout without masks changed its input")
	}
}

func TestReplaceRare(t *testing.T) {
	l := testLayout()
	unknown := []uint32{0, 1, 0}
	masks := &Masks{Seed: 1, IDs: []uint64{0, 1, 2, 3, 4, 5, 6}}
	replaced := 0
	for step := range uint64(200) {
		masks.Step = step
		ids := make([]uint32, l.N())
		for r := range ids {
			ids[r] = uint32(1 + r%2)
		}
		ReplaceRare(ids, unknown, 0.3, l, masks)
		for r, id := range ids {
			if id == 0 {
				replaced++
			}
			if was := uint32(1 + r%2); id != was && id != unknown[was] {
				t.Fatalf("word %d became %d", was, id)
			}
		}
	}
	n := float64(200 * l.N() / 2)
	if share := float64(replaced) / n; math.Abs(share-0.3) > 4*math.Sqrt(0.21/n) {
		t.Errorf("%v of rare words became unknown, want 0.3", share)
	}
}
