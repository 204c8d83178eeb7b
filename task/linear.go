package task

import (
	"slices"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// linear is the decoder that computes one logit per class by y = x·weightᵀ + bias. Each row is
// decoded alone; the type of the answer decides loss and answer.
type linear struct {
	layer   nn.Linear
	perWord bool
	objective
}

// objective is the loss of a linear decoder and the way from its logits to an answer.
type objective interface {
	// loss adds up the loss and the normaliser of the given rows, and writes scale times the
	// gradient to p.dLogits.
	loss(p *linearPass, t *Targets, rows []int32, scale float32) (sum, normaliser float64)
	// normaliser returns what loss adds to the normaliser for an example.
	normaliser(c *data.Corpus, t *data.Target, e uint32) float64
	// decode sets a to the answer that the given rows of the logits give.
	decode(p *linearPass, rows []int32, a *Decoded)
	// probabilities sets a to that answer and its probabilities.
	probabilities(p *linearPass, rows []int32, a *Decoded)
}

func newLinear(s DecoderSpec) Decoder {
	kind := s.Task.Of()
	d := &linear{layer: nn.Linear{In: s.Width, Out: s.Classes()}, perWord: kind.Per == job.PerWord}
	switch kind.Answer {
	case job.Class:
		d.objective = newClassObjective(s, d.perWord)
	case job.Set:
		d.objective = setObjective{nn.BCE{Classes: s.Classes()}}
	case job.Number:
		d.objective = numberObjective{}
	}
	return d
}

func (d *linear) Specs() []nn.Spec { return d.layer.Specs() }

func (d *linear) NewWeights() DecoderWeights { return &linearWeights{layer: d.layer} }

func (d *linear) NewPass() DecoderPass { return &linearPass{decoder: d} }

func (d *linear) Normaliser(c *data.Corpus, t *data.Target, e uint32) float64 {
	return d.normaliser(c, t, e)
}

func (d *linear) Products(n int) int { return n * d.layer.In * d.layer.Out }

type linearWeights struct {
	layer nn.Linear
	nn.LinearPacked
}

func (w *linearWeights) Pack(params []nn.Param, backward bool) {
	w.layer.Pack(&w.LinearPacked, params, backward)
}

type linearPass struct {
	decoder *linear
	linear  nn.LinearState
	entropy nn.CrossEntropyState
	binary  nn.BCEState

	layout          *nn.Layout
	logits, dLogits []float32 // (rows, K)
	softmaxed       bool      // entropy holds the probabilities of logits
	rows            []int32   // of one text
	viterbi         viterbi
	marginals       marginals
}

func (p *linearPass) Forward(w DecoderWeights, l *nn.Layout, x []float32) {
	p.layout, p.softmaxed = l, false
	p.logits = p.decoder.layer.Forward(&p.linear, &w.(*linearWeights).LinearPacked, x)
}

func (p *linearPass) Loss(t *Targets, shard int, scale float32) (sum, normaliser float64) {
	n := len(p.logits)
	p.dLogits = slices.Grow(p.dLogits[:0], n)[:n]
	return p.decoder.loss(p, t, p.shard(shard), scale)
}

func (p *linearPass) Backward(w DecoderWeights, room []float32) (dx []float32) {
	if room != nil {
		p.linear.Reuse(room)
		defer p.linear.Reuse(nil)
	}
	return p.decoder.layer.Backward(&p.linear, &w.(*linearWeights).LinearPacked, p.dLogits)
}

func (p *linearPass) Write(shard int, grad []float32) {
	p.decoder.layer.Weights(&p.linear, p.shard(shard), grad)
}

func (p *linearPass) Decode(i int, a *Decoded) { p.decoder.decode(p, p.text(i), a) }

func (p *linearPass) Probabilities(i int, a *Decoded) { p.decoder.probabilities(p, p.text(i), a) }

// shard returns a shard's rows of the logits.
func (p *linearPass) shard(shard int) []int32 {
	if p.decoder.perWord {
		return p.layout.Rows[shard]
	}
	return p.layout.Seqs[shard]
}

// text returns the rows of text i in the order of its words.
func (p *linearPass) text(i int) []int32 {
	p.rows = p.rows[:0]
	if !p.decoder.perWord {
		p.rows = append(p.rows, int32(i))
		return p.rows
	}
	p.rows = appendWords(p.rows, p.layout, i)
	return p.rows
}

// logitsOf returns one row of the logits.
func (p *linearPass) logitsOf(row int32) []float32 {
	k := p.decoder.layer.Out
	return p.logits[int(row)*k : (int(row)+1)*k]
}
