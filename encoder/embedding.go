package encoder

import (
	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// embedding is the encoder whose rows are the vectors of the words, to which those of their
// features are added. It has no dropout.
type embedding struct {
	words    *Words
	features *Features // nil if the job has none
}

// The groups of parameters, which are tables.
const (
	embeddingWords    = iota
	embeddingFeatures // missing if the job has none
)

func newEmbedding(s Spec) Encoder { return &embedding{NewWords(s), NewFeatures(s)} }

func (e *embedding) Groups() []nn.GroupSpec {
	groups := []nn.GroupSpec{embeddingWords: e.words.Group()}
	if e.features != nil {
		groups = append(groups, e.features.Group())
	}
	return groups
}

func (e *embedding) Output() Output { return perWord(e.words.Dim(), 1) }

func (e *embedding) Ranges() []gradient.Range { return nil }

func (e *embedding) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	if table == embeddingFeatures {
		return e.features.AppendRows(dst, c, example)
	}
	return e.words.AppendRows(dst, c, example)
}

func (e *embedding) Products(_, _ int) int { return 0 }

func (e *embedding) NewWeights(bool) Weights { return new(embeddingWeights) }

func (e *embedding) NewPass() Pass { return &embeddingPass{embedding: e} }

// embeddingWeights are the tables where they lie.
type embeddingWeights struct{ groups []*nn.Group }

func (w *embeddingWeights) Begin(groups []*nn.Group, _ []bool) (pieces int) {
	w.groups = groups
	return 0
}

func (w *embeddingWeights) Pack(int) {}

type embeddingPass struct {
	*embedding
	words    WordsPass
	features FeaturesPass
}

func (p *embeddingPass) Forward(w Weights, b *Block) (x []float32) {
	groups := w.(*embeddingWeights).groups
	x = p.embedding.words.LookUp(&p.words, groups[embeddingWords].Data, b)
	if p.embedding.features != nil {
		p.embedding.features.Forward(&p.features, groups[embeddingFeatures].Data, b, x)
	}
	return x
}

func (p *embeddingPass) Backward(_ Weights, dx []float32) { p.words.dx = dx }

func (p *embeddingPass) Write(int, int, []float32) { panic("encoder: an embedding has no ranges") }

func (p *embeddingPass) Rows(table, shard int, dst *gradient.Rows) {
	if table == embeddingFeatures {
		p.embedding.features.Rows(&p.features, p.words.dx, p.words.block.Layout.Rows[shard], dst)
		return
	}
	p.embedding.words.Rows(&p.words, shard, dst)
}
