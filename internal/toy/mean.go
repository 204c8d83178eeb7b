package toy

import (
	"braid/data"
	"braid/encoder"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// mean is an encoder without recurrent layers: the one row of a text is the mean of the vectors
// of its words. It has one group of parameters, which is a table.
type mean struct {
	words *encoder.Words
	pool  nn.Pool
}

func newMean(s encoder.Spec) encoder.Encoder {
	words := encoder.NewWords(s)
	return &mean{words, nn.Pool{Kind: nn.PoolMean, Width: words.Dim()}}
}

func (e *mean) Groups() []nn.GroupSpec { return []nn.GroupSpec{e.words.Group()} }

func (e *mean) Output() encoder.Output {
	return encoder.Output{Width: e.words.Dim(), Per: job.PerText, Directions: 1}
}

func (e *mean) Ranges() []gradient.Range { return nil }

func (e *mean) AppendRows(dst []uint32, _ int, c *data.Corpus, example uint32) []uint32 {
	return e.words.AppendRows(dst, c, example)
}

func (e *mean) Products(_, _ int) int { return 0 }

func (e *mean) NewWeights(bool) encoder.Weights { return new(meanWeights) }

func (e *mean) NewPass() encoder.Pass { return &meanPass{mean: e} }

// meanWeights is the table where it lies.
type meanWeights struct{ table []float32 }

func (w *meanWeights) Begin(groups []*nn.Group, _ []bool) (pieces int) {
	w.table = groups[0].Data
	return 0
}

func (w *meanWeights) Pack(int) {}

type meanPass struct {
	*mean
	words encoder.WordsPass
	pool  nn.PoolState
}

func (p *meanPass) Forward(w encoder.Weights, b *encoder.Block) (hidden []float32) {
	x := p.mean.words.Forward(&p.words, w.(*meanWeights).table, b)
	return p.mean.pool.Forward(&p.pool, nil, b.Layout, x)
}

func (p *meanPass) Backward(_ encoder.Weights, dHidden []float32) {
	p.mean.words.Backward(&p.words, p.mean.pool.Backward(&p.pool, nil, dHidden))
}

func (p *meanPass) Write(_, _ int, _ []float32) {}

func (p *meanPass) Rows(_, shard int, dst *gradient.Rows) { p.mean.words.Rows(&p.words, shard, dst) }
