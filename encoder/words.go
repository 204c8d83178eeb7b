package encoder

import (
	"strconv"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// Words is the word embedding, the first layer of an encoder: a table of one row per word of the
// vocabulary, with dropout of its elements and random replacement of rare words in training.
type Words struct {
	table   nn.Embedding
	drop    nn.Dropout
	name    func(id uint32) string
	unknown []uint32
	rate    float64 // of replacement
}

// placeWords is the place of the word embedding's dropout. See nn.Dropout.
const placeWords = 1

// NewWords returns the word embedding of a job.
func NewWords(s Spec) *Words {
	w := s.Job.Word
	return &Words{table: nn.Embedding{Rows: s.Words, Dim: w.Dim},
		drop: dropoutOf(w),
		name: s.Word, unknown: s.Unknown, rate: w.Unknown}
}

// dropoutOf is the dropout of the input rows.
func dropoutOf(w job.Word) nn.Dropout { return nn.Dropout{P: float32(w.Dropout), Place: placeWords} }

// Group is the table.
func (w *Words) Group() nn.GroupSpec {
	return nn.GroupSpec{Name: "word", Specs: []nn.Spec{w.table.Spec()}, Table: true, Row: w.row}
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

// AppendRows appends an example's words and those that may replace them.
func (w *Words) AppendRows(dst []uint32, c *data.Corpus, example uint32) []uint32 {
	for _, id := range c.Words[c.Offsets[example]:c.Offsets[example+1]] {
		dst = append(dst, id)
		if w.replaces() {
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
		w.drop.Apply(x, x, b.Layout, w.table.Dim, b.Masks)
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
	w.drop.Apply(dx, dx, p.block.Layout, w.table.Dim, p.block.Masks)
	p.dx = dx
}

// Rows sets dst to a shard's gradient of the table.
func (w *Words) Rows(p *WordsPass, shard int, dst *gradient.Rows) {
	dst.IDs, dst.Data = w.table.Weights(&p.state, p.dx, p.block.Layout.Rows[shard], dst.IDs[:0], dst.Data[:0])
}

// perWord is the output of an encoder with one row per word.
func perWord(width, directions int) Output {
	return Output{Width: width, Per: job.PerWord, Directions: directions}
}
