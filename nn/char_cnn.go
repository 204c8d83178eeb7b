package nn

import (
	"fmt"
	"math"
	"slices"

	"braid/internal/kernel"
)

// CharCNN turns the spelling of a word into a row: a convolution over the vectors of its
// characters, relu, and the maximum over all positions, as torch.nn.Conv1d with
// padding=Width//2. The vectors of the characters are rows of a table.
//
//	z[t, f] = Σ_j Σ_d weight[f, d, j] · table[character t+j-Width/2, d]
//	y[f]    = max(0, max_t z[t, f] + bias[f])
//
// A word without characters has the row 0.
//
// The convolution is a sum of precomputed rows. The product of every character with every column
// j of the filters is computed once per version of the parameters, so that a position takes Width
// additions of F numbers, not Width·D·F multiply-adds. Equal words are computed once.
//
// Source: dos Santos and Zadrozny 2014; Ma and Hovy 2016; Chiu and Nichols 2016.
type CharCNN struct {
	Characters int // rows of the table
	Dim        int // D, numbers per character
	Filters    int // F
	Width      int // characters that a filter spans; odd
}

// Table is the table of characters: U(±√(3/D)), as Ma and Hovy.
func (m CharCNN) Table() Spec {
	return Spec{"weight", []int{m.Characters, m.Dim}, Uniform(math.Sqrt(3 / float64(m.Dim)))}
}

// Specs are weight (F, D, Width) and bias (F), both U(±1/√(D·Width)), as torch.nn.Conv1d.
func (m CharCNN) Specs() []Spec {
	start := FanIn(m.Dim * m.Width)
	return []Spec{
		{"weight", []int{m.Filters, m.Dim, m.Width}, start},
		{"bias", []int{m.Filters}, start},
	}
}

// Size is the number of parameters without the table.
func (m CharCNN) Size() int { return m.Filters * (m.Dim*m.Width + 1) }

// columns is the number of products per character, Width·F.
func (m CharCNN) columns() int { return m.Width * m.Filters }

// CharCNNPacked is one version of the parameters. Read-only once packed.
type CharCNNPacked struct {
	bias              []float32
	columns           []float32     // (Width·F, D): weight as matrices, one per column of the filters
	products          []float32     // (Characters, Width·F) = table · columnsᵀ
	forward, backward kernel.Packed // of columns; backward is empty if Weights will not run
}

// charPiece is the number of characters of a piece of packing.
const charPiece = 256

// PackPieces packs the current values of params, which are as Specs lists them, and returns the
// number of pieces that remain. Goroutines may share the pieces; each calls PackPiece for its own.
// Weights needs backward set.
func (m CharCNN) PackPieces(p *CharCNNPacked, params []Param, backward bool) int {
	weight, bias := params[0].Data, params[1].Data
	mustBe(params[0].Name, weight, m.Filters, m.Dim*m.Width)
	mustBe(params[1].Name, bias, 1, m.Filters)
	p.bias = append(p.bias[:0], bias...)
	p.columns = resize(p.columns, len(weight))
	for f := range m.Filters {
		for d := range m.Dim {
			for j := range m.Width {
				p.columns[(j*m.Filters+f)*m.Dim+d] = weight[(f*m.Dim+d)*m.Width+j]
			}
		}
	}
	p.forward.PackTranspose(p.columns, m.columns(), m.Dim, m.Dim)
	if backward {
		p.backward.Pack(p.columns, m.columns(), m.Dim, m.Dim)
	}
	p.products = resize(p.products, m.Characters*m.columns())
	return (m.Characters + charPiece - 1) / charPiece
}

// PackPiece packs one piece.
//
//	table (Characters, D)
func (m CharCNN) PackPiece(p *CharCNNPacked, table []float32, piece int) {
	mustBe("table of characters", table, m.Characters, m.Dim)
	lo := piece * charPiece
	hi := min(lo+charPiece, m.Characters)
	products := p.products[lo*m.columns() : hi*m.columns()]
	kernel.MatMul(products, m.columns(), table[lo*m.Dim:hi*m.Dim], m.Dim, hi-lo, &p.forward, false)
}

// CharCNNState is the memory of one goroutine.
type CharCNNState struct {
	bags  *Bags
	order []int32   // the rows by spelling
	word  []uint32  // by row: number of its word; equal words have one number
	first []int32   // by word: its first row
	top   []float32 // (words, F)
	at    []int32   // (words, F): the position of the maximum, -1 where y is 0
	z     []float32 // (F) of a position
	y     []float32 // (N, F)

	// Of a shard, for Weights. The touched characters have a row of dProducts each.
	keys      []uint64
	words     []uint32
	dWords    []float32 // (words, F)
	rowOf     []int32   // by character: 1 + its row of dProducts, 0 if untouched
	touched   []int32
	rows      []int32   // 0, 1, 2 and so on
	dProducts []float32 // (touched, Width·F)
	dTable    []float32 // (touched, D)
	dColumns  []float32 // (Width·F, D)
	right     kernel.Packed
	work      kernel.Scratch
}

// Forward returns the rows of words.
//
//	b (N)     the words; the ids of a bag are those of the word's characters in their order. Read again by Weights
//	y (N, F)  owned by s until its next Forward
//
// Allocates nothing once s has grown.
func (m CharCNN) Forward(s *CharCNNState, p *CharCNNPacked, b *Bags) (y []float32) {
	s.bags = b
	m.number(s)
	words := len(s.first)
	s.top, s.at = resize(s.top, words*m.Filters), resize(s.at, words*m.Filters)
	s.z, s.y = resize(s.z, m.Filters), resize(s.y, len(b.At)*m.Filters)
	for k, r := range s.first {
		lo, hi := k*m.Filters, (k+1)*m.Filters
		m.forward(p, b.of(r), s.z, s.top[lo:hi], s.at[lo:hi])
	}
	for r, k := range s.word {
		copy(s.y[r*m.Filters:(r+1)*m.Filters], s.top[int(k)*m.Filters:])
	}
	return s.y
}

// number numbers the different words by rising spelling.
func (m CharCNN) number(s *CharCNNState) {
	s.order, s.first, s.word = s.order[:0], s.first[:0], resize(s.word, len(s.bags.At))
	for r := range s.bags.At {
		s.order = append(s.order, int32(r))
	}
	s.bags.sort(s.order)
	for i, r := range s.order {
		if i == 0 || !slices.Equal(s.bags.of(s.order[i-1]), s.bags.of(r)) {
			s.first = append(s.first, r)
		}
		s.word[r] = uint32(len(s.first) - 1)
	}
}

// forward computes the row y (F) of a word and the positions of the maxima. Of equal maxima it
// takes the first. z (F) is scratch memory.
func (m CharCNN) forward(p *CharCNNPacked, ids []uint32, z, y []float32, at []int32) {
	clear(y)
	for t := range ids {
		first := max(0, t-m.Width/2)
		for i, id := range ids[first:min(len(ids), t+m.Width/2+1)] {
			if int(id) >= m.Characters {
				panic(fmt.Sprintf("nn: id %d of a character is not below %d", id, m.Characters))
			}
			j := first + i - t + m.Width/2
			row := p.products[int(id)*m.columns()+j*m.Filters:][:m.Filters]
			if i == 0 {
				copy(z, row)
			} else {
				kernel.AddTo(z, row)
			}
		}
		if t == 0 {
			copy(y, z)
			clear(at)
			continue
		}
		for f, v := range z {
			if v > y[f] || v != v { // a NaN stays
				y[f], at[f] = v, int32(t)
			}
		}
	}
	for f, v := range y {
		if v += p.bias[f]; v <= 0 || len(ids) == 0 {
			v, at[f] = 0, -1
		}
		y[f] = v
	}
}

// Weights writes a shard's gradient of weight and bias to grad. It appends the shard's gradient of
// the table: the touched characters, ascending, and a row for each. The dy of equal words are
// summed first, in the order of rows; words are taken by rising spelling. Allocates nothing once
// s has grown.
//
//	table (Characters, D)  that p was packed with
//	dy    (N, F)
//	rows                   those of the shard
func (m CharCNN) Weights(s *CharCNNState, p *CharCNNPacked, table, dy []float32, rows []int32, grad []float32,
	ids []uint32, data []float32) ([]uint32, []float32) {
	mustBe("gradient of a spelling's row", dy, len(s.bags.At), m.Filters)
	mustBe("gradient of the filters", grad, 1, m.Size())
	m.sumProducts(s, dy, rows, grad[m.Filters*m.Dim*m.Width:])
	m.weight(s, table, grad[:m.Filters*m.Dim*m.Width])
	return m.characters(s, p, ids, data)
}

// sumProducts computes a shard's gradients of bias and of the products: dy of a maximum belongs to
// the products that the maximum is the sum of.
func (m CharCNN) sumProducts(s *CharCNNState, dy []float32, rows []int32, dBias []float32) {
	s.keys, s.words, s.dWords = s.keys[:0], s.words[:0], s.dWords[:0]
	for order, r := range rows {
		s.keys = append(s.keys, uint64(s.word[r])<<32|uint64(order))
	}
	s.words, s.dWords = sumByID(s.keys, dy, rows, m.Filters, s.words, s.dWords)
	s.rowOf, s.touched, s.dProducts = resize(s.rowOf, m.Characters), s.touched[:0], s.dProducts[:0]
	clear(s.rowOf)
	clear(dBias)
	for k, word := range s.words {
		spelling := s.bags.of(s.first[word])
		m.touch(s, spelling)
		for f, t := range s.at[int(word)*m.Filters:][:m.Filters] {
			if t < 0 {
				continue
			}
			d, first := s.dWords[k*m.Filters+f], max(0, int(t)-m.Width/2)
			dBias[f] += d
			for i, id := range spelling[first:min(len(spelling), int(t)+m.Width/2+1)] {
				j := first + i - int(t) + m.Width/2
				s.dProducts[(int(s.rowOf[id])-1)*m.columns()+j*m.Filters+f] += d
			}
		}
	}
}

// touch gives each character of a word a row of dProducts.
func (m CharCNN) touch(s *CharCNNState, spelling []uint32) {
	for _, id := range spelling {
		if s.rowOf[id] == 0 {
			s.touched = append(s.touched, int32(id))
			s.rowOf[id] = int32(len(s.touched))
			at := len(s.dProducts)
			s.dProducts = slices.Grow(s.dProducts, m.columns())[:at+m.columns()]
			clear(s.dProducts[at:])
		}
	}
}

// weight computes a shard's gradient of weight: dProductsᵀ · table.
func (m CharCNN) weight(s *CharCNNState, table, grad []float32) {
	if len(s.touched) == 0 {
		clear(grad)
		return
	}
	for len(s.rows) < len(s.touched) {
		s.rows = append(s.rows, int32(len(s.rows)))
	}
	s.right.PackRows(table, m.Dim, m.Dim, s.touched)
	s.dColumns = resize(s.dColumns, len(grad))
	kernel.MatMulRowsT(s.dColumns, m.Dim, s.dProducts, m.columns(), m.columns(), s.rows[:len(s.touched)], &s.right, false,
		&s.work)
	for f := range m.Filters {
		for d := range m.Dim {
			for j := range m.Width {
				grad[(f*m.Dim+d)*m.Width+j] = s.dColumns[(j*m.Filters+f)*m.Dim+d]
			}
		}
	}
}

// characters appends a shard's gradient of the table: dProducts · columns.
func (m CharCNN) characters(s *CharCNNState, p *CharCNNPacked, ids []uint32, data []float32) ([]uint32, []float32) {
	s.dTable = resize(s.dTable, len(s.touched)*m.Dim)
	kernel.MatMul(s.dTable, m.Dim, s.dProducts, m.columns(), len(s.touched), &p.backward, false)
	s.keys = s.keys[:0]
	for row, id := range s.touched {
		s.keys = append(s.keys, uint64(id)<<32|uint64(row))
	}
	return sumByID(s.keys, s.dTable, nil, m.Dim, ids, data)
}
