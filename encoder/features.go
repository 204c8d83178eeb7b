package encoder

import (
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// Features is the embedding of a word's hashed features: a table of one row per feature of the
// input "features", whose rows are added to the vector of the word. All words have features,
// those of the vocabulary too, and keep them where training replaces a rare word.
type Features struct {
	table  nn.EmbeddingBag
	names  []string // by row
	column int      // of the corpus
}

// NewFeatures returns the embedding of a job; nil if encoder.word.features is off.
func NewFeatures(s Spec) *Features {
	column := slices.Index(s.Job.Inputs(), data.Features)
	if column < 0 {
		return nil
	}
	in := s.Input(data.Features)
	return &Features{nn.EmbeddingBag{Rows: in.Size(), Dim: s.Job.Word.Dim}, in.Entries(), column}
}

// Group is the table.
func (f *Features) Group() nn.GroupSpec {
	row := func(id int) string { return f.names[id] }
	return nn.GroupSpec{Name: "feature", Specs: []nn.Spec{f.table.Spec()}, Table: true, Row: row}
}

// AppendRows appends the features of an example's words.
func (f *Features) AppendRows(dst []uint32, c *data.Corpus, example uint32) []uint32 {
	column := &c.Columns[f.column]
	return append(dst, column.IDs[column.Off[c.Offsets[example]]:column.Off[c.Offsets[example+1]]]...)
}

// FeaturesPass is the memory of one goroutine for the embedding of features.
type FeaturesPass struct {
	state nn.EmbeddingBagState
	bags  nn.Bags
}

// Forward adds to x the features of a block's words.
//
//	table (features, D)
//	x     (N, D)
func (f *Features) Forward(p *FeaturesPass, table []float32, b *Block, x []float32) {
	column := &b.Corpus.Columns[f.column]
	p.bags.Off, p.bags.IDs, p.bags.At = column.Off, column.IDs, appendPlaces(p.bags.At[:0], b)
	f.table.Forward(table, &p.bags, x)
}

// Rows sets dst to a shard's gradient of the table. rows are those of the shard, and dx (N, D)
// is the gradient of the x of the last Forward.
func (f *Features) Rows(p *FeaturesPass, dx []float32, rows []int32, dst *gradient.Rows) {
	dst.IDs, dst.Data = f.table.Weights(&p.state, &p.bags, dx, rows, dst.IDs[:0], dst.Data[:0])
}

// appendPlaces appends the place in the corpus of the word of each row of the layout.
func appendPlaces(dst []uint32, b *Block) []uint32 {
	for t := range b.Layout.T() {
		for i := range b.Layout.Off[t+1] - b.Layout.Off[t] {
			dst = append(dst, b.Corpus.Offsets[b.Examples[i]]+uint32(t))
		}
	}
	return dst
}
