package nn

import (
	"cmp"
	"fmt"
	"slices"

	"braid/internal/kernel"
)

// EmbeddingBag is a table of which each row of the input looks up any number of rows and adds
// them: torch.nn.EmbeddingBag with mode="sum".
type EmbeddingBag struct {
	Rows, Dim int
}

// Spec is the table: 0, so that rows without training add nothing.
func (e EmbeddingBag) Spec() Spec {
	return Spec{Name: "weight", Shape: []int{e.Rows, e.Dim}, Init: Zeros()}
}

// Bags are the ids that each row of a block looks up. Row r has the bag
// IDs[Off[At[r]]:Off[At[r]+1]]. Ids must be below Rows.
type Bags struct {
	At       []uint32 // (N)
	Off, IDs []uint32
}

// of returns the bag of row r.
func (b *Bags) of(r int32) []uint32 { return b.IDs[b.Off[b.At[r]]:b.Off[b.At[r]+1]] }

// sort sorts rows by their bags in lexicographic order; rows with equal bags ascend.
func (b *Bags) sort(rows []int32) {
	slices.SortFunc(rows, func(p, q int32) int {
		if c := slices.Compare(b.of(p), b.of(q)); c != 0 {
			return c
		}
		return cmp.Compare(p, q)
	})
}

// EmbeddingBagState is the memory of one goroutine.
type EmbeddingBagState struct {
	order []int32   // rows of a shard by bag
	sums  []float32 // (G, Dim) by different bag of a shard
	keys  []uint64  // id<<32 | g
}

// Forward adds to each row of x the rows of its bag, in the order of the bag.
//
//	table (Rows, Dim)
//	x     (N, Dim)
func (e EmbeddingBag) Forward(table []float32, b *Bags, x []float32) {
	mustBe("embedding bag's table", table, e.Rows, e.Dim)
	mustBe("embedding bag's x", x, len(b.At), e.Dim)
	for r := range b.At {
		row := x[r*e.Dim : (r+1)*e.Dim]
		for _, id := range b.of(int32(r)) {
			kernel.AddTo(row, e.row(table, id))
		}
	}
}

func (e EmbeddingBag) row(table []float32, id uint32) []float32 {
	if int(id) >= e.Rows {
		panic(fmt.Sprintf("nn: id %d of a bag is not below %d", id, e.Rows))
	}
	return table[int(id)*e.Dim : (int(id)+1)*e.Dim]
}

// Weights appends a shard's gradient: the ids of its rows' bags, ascending, each once, and for
// each the sum of dx over the rows with the id. dx is summed over rows with equal bags first,
// in the order of rows, and then over bags in lexicographic order. An id that a bag has twice
// counts twice. Weights allocates nothing once s has grown.
//
//	dx (N, Dim)
func (e EmbeddingBag) Weights(s *EmbeddingBagState, b *Bags, dx []float32, rows []int32, ids []uint32,
	data []float32) ([]uint32, []float32) {
	mustBe("embedding bag's dx", dx, len(b.At), e.Dim)
	e.sumBags(s, b, dx, rows)
	return sumByID(s.keys, s.sums, nil, e.Dim, ids, data)
}

// sumBags sums dx over the rows with equal bags, and lists the ids of each bag as keys.
func (e EmbeddingBag) sumBags(s *EmbeddingBagState, b *Bags, dx []float32, rows []int32) {
	s.order, s.sums, s.keys = append(s.order[:0], rows...), s.sums[:0], s.keys[:0]
	b.sort(s.order)
	bags := uint64(0)
	for i, r := range s.order {
		from := dx[int(r)*e.Dim : (int(r)+1)*e.Dim]
		if i > 0 && slices.Equal(b.of(s.order[i-1]), b.of(r)) {
			kernel.AddTo(s.sums[len(s.sums)-e.Dim:], from)
			continue
		}
		s.sums = append(s.sums, from...)
		for _, id := range b.of(r) {
			s.keys = append(s.keys, uint64(id)<<32|bags)
		}
		bags++
	}
}
