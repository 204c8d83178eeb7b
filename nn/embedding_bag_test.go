package nn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// testBags are the bags of a layout's rows: of 0 to 4 ids, repeated within a bag and between
// rows, some bags of several rows equal. Id 8 never occurs.
func testBags(rows int) *Bags {
	b := &Bags{Off: []uint32{0}}
	for k := range 7 {
		for i := range k % 5 {
			b.IDs = append(b.IDs, uint32(k*k+3*i)%8)
		}
		b.Off = append(b.Off, uint32(len(b.IDs)))
	}
	b.IDs[len(b.IDs)-1] = b.IDs[len(b.IDs)-2]
	for r := range rows {
		b.At = append(b.At, uint32(r*r+r/3)%7)
	}
	return b
}

func TestEmbeddingBagGradient(t *testing.T) {
	l, m := testLayout(), EmbeddingBag{Rows: 9, Dim: 3}
	table, s, bags := NewTable("feature", m.Spec()), new(EmbeddingBagState), testBags(l.N())
	copy(table.Data, randoms(1, len(table.Data), 1))
	x := randoms(4, l.N()*m.Dim, 1)
	checked{
		x: x, params: table.Params, shards: l.S(), width: m.Dim,
		rowsOf: func(shard int) []int32 { return l.Rows[shard] },
		forward: func() []float32 {
			y := slices.Clone(x)
			m.Forward(table.Data, bags, y)
			return y
		},
		backward: func(dy []float32) []float32 { return dy },
		weights: func(shard int, grad []float32) {
			clear(grad)
			ids, rows := m.Weights(s, bags, randoms(99, l.N()*m.Dim, 1), l.Rows[shard], nil, nil)
			for e, id := range ids {
				copy(grad[int(id)*m.Dim:], rows[e*m.Dim:(e+1)*m.Dim])
			}
		},
		twin: func(x []float64, p [][]float64) []float64 {
			y := slices.Clone(x)
			for i := range y {
				for _, id := range bags.of(int32(i / m.Dim)) {
					y[i] += p[0][int(id)*m.Dim+i%m.Dim]
				}
			}
			return y
		},
	}.against(t)
}

// The bits of a gradient are those of the documented order of additions.
func TestEmbeddingBagOrder(t *testing.T) {
	l, m := testLayout(), EmbeddingBag{Rows: 9, Dim: 19}
	s, bags, dx := new(EmbeddingBagState), testBags(l.N()), randoms(2, l.N()*m.Dim, 1)
	for _, rows := range l.Rows {
		bySpelling := map[string][]int32{} // bags have ids of one digit: their texts are in lexicographic order
		for _, r := range rows {
			name := strings.Trim(fmt.Sprint(bags.of(r)), "[]")
			bySpelling[name] = append(bySpelling[name], r)
		}
		if len(bySpelling) == len(rows) {
			t.Error("no two rows have equal bags")
		}
		want := map[uint32][]float32{}
		for _, name := range slices.Sorted(maps.Keys(bySpelling)) {
			equal := bySpelling[name]
			sum := make([]float32, m.Dim)
			for _, r := range equal {
				for i := range sum {
					sum[i] += dx[int(r)*m.Dim+i]
				}
			}
			for _, id := range bags.of(equal[0]) {
				if want[id] == nil {
					want[id] = make([]float32, m.Dim)
				}
				for i, v := range sum {
					want[id][i] += v
				}
			}
		}
		ids, data := m.Weights(s, bags, dx, rows, nil, nil)
		if !slices.Equal(ids, slices.Sorted(maps.Keys(want))) {
			t.Errorf("ids %v, want %v", ids, slices.Sorted(maps.Keys(want)))
		}
		for e, id := range ids {
			if got := data[e*m.Dim : (e+1)*m.Dim]; !slices.Equal(got, want[id]) {
				t.Errorf("id %d: %v, want %v", id, got, want[id])
			}
		}
	}
}
