package nn

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestLayoutByHand(t *testing.T) {
	l := NewLayout([]int32{3, 2, 2}, []int32{1, 0, 1}, 2)
	for name, pair := range map[string][2]any{
		"Off":     {l.Off, []int32{0, 3, 6, 7}},
		"SeqOf":   {l.SeqOf, []int32{0, 1, 2, 0, 1, 2, 0}},
		"Reverse": {l.Reverse, []int32{6, 4, 5, 3, 1, 2, 0}},
		"Rows":    {l.Rows, [][]int32{{1, 4}, {0, 2, 3, 5, 6}}},
		"Seqs":    {l.Seqs, [][]int32{{1}, {0, 2}}},
		"Later":   {l.Later, [][]int32{{4}, {3, 5, 6}}},
		"Before":  {l.Before, [][]int32{{1}, {0, 2, 3}}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s = %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestLayoutTruths(t *testing.T) {
	reused := new(Layout)
	rapid.Check(t, func(t *rapid.T) {
		shards := rapid.IntRange(1, 5).Draw(t, "shards")
		lengths := rapid.SliceOfN(rapid.Int32Range(1, 9), 0, 20).Draw(t, "lengths")
		var shard []int32
		for range lengths {
			shard = append(shard, rapid.Int32Range(0, int32(shards)-1).Draw(t, "shard"))
		}
		l := sortedLayout(lengths, shard, shards)
		seen := make([]int, l.N())
		for s := range shards {
			for j, r := range l.Rows[s] {
				seen[r]++
				if l.Shard[l.SeqOf[r]] != int32(s) || j > 0 && l.Rows[s][j-1] >= r {
					t.Fatalf("row %d of shard %d: of another shard, or not ascending", r, s)
				}
			}
			if len(l.Later[s]) != len(l.Before[s]) || len(l.Later[s])+len(l.Seqs[s]) != len(l.Rows[s]) {
				t.Fatalf("shard %d: %d later, %d before, %d rows, %d sequences",
					s, len(l.Later[s]), len(l.Before[s]), len(l.Rows[s]), len(l.Seqs[s]))
			}
		}
		for step := range l.T() {
			for r := l.Off[step]; r < l.Off[step+1]; r++ {
				i := l.SeqOf[r]
				if back := l.Reverse[r]; seen[r] != 1 || l.Reverse[back] != r || l.SeqOf[back] != i || int(l.Lengths[i]) <= step {
					t.Fatalf("row %d: seen %d times, sequence %d, mirrored %d", r, seen[r], i, back)
				}
			}
		}
		reused.Reset(l.Lengths, l.Shard, shards)
		if !slices.Equal(reused.Off, l.Off) || !slices.Equal(reused.Reverse, l.Reverse) ||
			!slices.EqualFunc(reused.Rows, l.Rows, slices.Equal) || !slices.EqualFunc(reused.Before, l.Before, slices.Equal) {
			t.Fatalf("a layout in used memory differs from a new one")
		}
	})
}

func TestLayoutRefuses(t *testing.T) {
	for _, c := range []struct{ lengths, shard []int32 }{
		{[]int32{1, 2}, []int32{0, 0}}, {[]int32{0}, []int32{0}}, {[]int32{1}, []int32{1}}, {[]int32{1}, nil},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("lengths %v of shards %v of 1: no panic", c.lengths, c.shard)
				}
			}()
			NewLayout(c.lengths, c.shard, 1)
		}()
	}
}
