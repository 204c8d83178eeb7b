package encoder

import (
	"strconv"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// Words is the word embedding, the first layer of an encoder: a table of one row per word of the
// vocabulary, with dropout of its elements and of whole words, and random replacement of rare words
// in training. Rows may start with pretrained vectors, which may have no gradient in the first steps or at all.
type Words struct {
	table   nn.Embedding
	vectors *data.Vectors
	given   []bool // by id
	after   uint64 // steps before given rows have a gradient
	drop    inputDropout
	name    func(id uint32) string
	unknown []uint32
	rate    float64 // of replacement
}

// NewWords returns the word embedding of a job.
func NewWords(s Spec) *Words {
	w := s.Job.Word
	return &Words{table: nn.Embedding{Rows: s.Words, Dim: w.Dim, Frozen: s.Frozen},
		vectors: s.Vectors, given: s.Given, after: uint64(w.Vectors.TuneAfter),
		drop: dropoutOf(w),
		name: s.Word, unknown: s.Unknown, rate: w.Unknown}
}

// Group is the table.
func (w *Words) Group() nn.GroupSpec {
	g := nn.GroupSpec{Name: "word", Specs: []nn.Spec{w.table.Spec()}, Table: true, Row: w.row, Frozen: w.table.Frozen}
	if w.vectors != nil {
		g.Specs[0].Init = nn.Uniform(w.vectors.Bound())
		g.Given = func(row int) []float32 { return w.vectors.Row(uint32(row)) }
	}
	return g
}

func (w *Words) row(id int) string {
	if w.name == nil {
		return strconv.Itoa(id)
	}
	return w.name(uint32(id))
}

// Dim is the number of elements of a row.
func (w *Words) Dim() int { return w.table.Dim }

// replaces reports whether training replaces rare words.
func (w *Words) replaces() bool { return w.unknown != nil && w.rate > 0 }

// changes reports whether training may change the row of a word.
func (w *Words) changes(id uint32) bool { return int(id) < w.table.Rows-w.table.Frozen }

// AppendRows appends an example's words and those that may replace them.
func (w *Words) AppendRows(dst []uint32, c *data.Corpus, example uint32) []uint32 {
	for _, id := range c.Words[c.Offsets[example]:c.Offsets[example+1]] {
		if w.changes(id) {
			dst = append(dst, id)
		}
		if w.replaces() && w.unknown[id] != id {
			dst = append(dst, w.unknown[id])
		}
	}
	return dst
}

// WordsPass is the memory of one goroutine for the word embedding.
type WordsPass struct {
	ids   []uint32 // by row of the layout
	state nn.EmbeddingState
	block *Block
	dx    []float32
}

// Forward returns the vectors of a block's words: those of LookUp, with dropout in training.
func (w *Words) Forward(p *WordsPass, table []float32, b *Block) (x []float32) {
	x = w.LookUp(p, table, b)
	if b.Masks != nil {
		w.drop.apply(x, x, b.Layout, w.table.Dim, b.Masks)
	}
	return x
}

// LookUp returns the rows of a block's words, before dropout.
//
//	table (words, D)
//	x     (N, D)      valid until the next LookUp; the caller may change it
func (w *Words) LookUp(p *WordsPass, table []float32, b *Block) (x []float32) {
	p.block = b
	p.ids = appendPlaces(p.ids[:0], b)
	for r, place := range p.ids {
		p.ids[r] = b.Corpus.Words[place]
	}
	if b.Masks != nil && w.replaces() {
		nn.ReplaceRare(p.ids, w.unknown, w.rate, b.Layout, b.Masks)
	}
	return w.table.Forward(&p.state, table, p.ids)
}

// Backward takes the gradient of x after dropout, and changes it to that before dropout, which
// Rows reads.
func (w *Words) Backward(p *WordsPass, dx []float32) {
	w.drop.apply(dx, dx, p.block.Layout, w.table.Dim, p.block.Masks)
	p.dx = dx
}

// Rows sets dst to a shard's gradient of the table.
func (w *Words) Rows(p *WordsPass, shard int, dst *gradient.Rows) {
	dst.IDs, dst.Data = w.table.Weights(&p.state, p.dx, p.block.Layout.Rows[shard], dst.IDs[:0], dst.Data[:0])
	if p.block.Masks != nil && p.block.Masks.Step < w.after {
		w.dropGiven(dst)
	}
}

// dropGiven removes the rows that start with a pretrained vector.
func (w *Words) dropGiven(g *gradient.Rows) {
	dim, n := w.table.Dim, 0
	for i, id := range g.IDs {
		if int(id) < len(w.given) && w.given[id] {
			continue
		}
		g.IDs[n] = id
		copy(g.Data[n*dim:(n+1)*dim], g.Data[i*dim:(i+1)*dim])
		n++
	}
	g.IDs, g.Data = g.IDs[:n], g.Data[:n*dim]
}

// perWord is the output of an encoder with one row per word.
func perWord(width, directions int) Output {
	return Output{Width: width, Per: job.PerWord, Directions: directions}
}
