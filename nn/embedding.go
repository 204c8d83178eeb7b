package nn

import (
	"fmt"
	"slices"

	"braid/internal/kernel"
	"braid/internal/rng"
)

// Embedding is a table of rows with ids.
type Embedding struct {
	Rows, Dim int
	Frozen    int // rows at the end without a gradient
}

// Spec is the table: U(±0.1).
func (e Embedding) Spec() Spec {
	return Spec{Name: "weight", Shape: []int{e.Rows, e.Dim}, Init: Uniform(embeddingBound)}
}

// EmbeddingState is the memory of one goroutine.
type EmbeddingState struct {
	x    []float32
	ids  []uint32
	keys []uint64
}

// Forward copies the rows of ids.
//
//	table (Rows, Dim)
//	ids   (N)      < Rows; read again by Weights
//	x     (N, Dim) owned by s until its next Forward; the caller may change it in place
//
// Panics if an id is out of range.
func (e Embedding) Forward(s *EmbeddingState, table []float32, ids []uint32) (x []float32) {
	mustBe("embedding table", table, e.Rows, e.Dim)
	s.ids = ids
	s.x = resize(s.x, len(ids)*e.Dim)
	for r, id := range ids {
		if int(id) >= e.Rows {
			panic(fmt.Sprintf("nn: id %d of row %d is not below %d", id, r, e.Rows))
		}
		copy(s.x[r*e.Dim:(r+1)*e.Dim], table[int(id)*e.Dim:])
	}
	return s.x
}

// Weights appends a shard's gradient: the ids of its rows that are not frozen, ascending, each
// once, and for each id the sum of the dx of its rows in the order of rows.
//
//	dx (N, Dim)
func (e Embedding) Weights(s *EmbeddingState, dx []float32, rows []int32,
	ids []uint32, data []float32) ([]uint32, []float32) {
	mustBe("embedding's dx", dx, len(s.ids), e.Dim)
	s.keys = s.keys[:0]
	for order, r := range rows {
		if id := s.ids[r]; int(id) < e.Rows-e.Frozen {
			s.keys = append(s.keys, uint64(id)<<32|uint64(order))
		}
	}
	return sumByID(s.keys, dx, rows, e.Dim, ids, data)
}

// sumByID appends each id of keys once, ascending, and for each the sum of its rows of x, which have dim numbers. A key
// is id<<32|n and names row rows[n], or row n if rows is nil. Rows are added in the order of n. Sorts keys.
func sumByID(keys []uint64, x []float32, rows []int32, dim int, ids []uint32, data []float32) ([]uint32, []float32) {
	slices.Sort(keys)
	for i, key := range keys {
		id, r := uint32(key>>32), int(uint32(key))
		if rows != nil {
			r = int(rows[r])
		}
		from := x[r*dim : (r+1)*dim]
		if i > 0 && uint32(keys[i-1]>>32) == id {
			kernel.AddTo(data[len(data)-dim:], from)
			continue
		}
		ids, data = append(ids, id), append(data, from...)
	}
	return ids, data
}

// ReplaceAny replaces ids by another one with the given probability, so that the row of that id is
// trained. Inputs of one model must have different places, from 1 on. ids are those of a
// layout's rows and change in place.
func ReplaceAny(ids []uint32, by uint32, probability float64, place uint8, l *Layout, m *Masks) {
	if m == nil || probability <= 0 {
		return
	}
	threshold := uint64(probability * (1 << 32))
	for i := range l.B() {
		w := m.words(rng.UnknownWord, place, i)
		for t := range int(l.Lengths[i]) {
			if w.at(uint64(t))>>32 < threshold {
				ids[l.At(t, i)] = by
			}
		}
	}
}

// ReplaceRare replaces rare words by unknown ones with the given probability, so that the rows of
// unknown words are trained. unknown gives by id the replacement, the id itself for a word that is
// not rare. ids are those of a layout's rows and change in place.
// Source: Kiperwasser and Goldberg 2016, section 4 (there with a probability by count).
func ReplaceRare(ids, unknown []uint32, probability float64, l *Layout, m *Masks) {
	if m == nil || probability <= 0 {
		return
	}
	threshold := uint64(probability * (1 << 32))
	for i := range l.B() {
		w := m.words(rng.UnknownWord, 0, i)
		for t := range int(l.Lengths[i]) {
			r := l.At(t, i)
			if u := unknown[ids[r]]; u != ids[r] && w.at(uint64(t))>>32 < threshold {
				ids[r] = u
			}
		}
	}
}
