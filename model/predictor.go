package model

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"braid/data"
	"braid/job"
)

// Limits bound the resources of one Predictor.
type Limits struct {
	// Passes is the number of computations that may run at once; further calls wait. Each has
	// scratch memory of its own, which is kept. Below 1 means 1.
	Passes int

	// MaxWords is the number of words of a text that are read; the rest is cut off and the
	// answer is marked as truncated. The max_tokens of a task's data set holds, too. Below 1
	// means that max_tokens alone holds.
	MaxWords int
}

// Predictor answers texts. It is safe for any number of goroutines. The answer to a text does
// not depend on other texts, nor on other calls. A Predictor holds no resources; there is no
// Close. Its own memory is small until the first call.
type Predictor struct {
	weights *Weights
	vocab   *data.Vocab
	views   []view
	passes  chan *pass // idle passes; nil for a pass that was not made yet
}

// NewPredictor returns a predictor. Several may share the same weights. Panics if the vocabulary
// is not that of the weights' architecture.
func NewPredictor(w *Weights, v *data.Vocab, l Limits) *Predictor {
	if v.Len() != w.arch.Spec.Words {
		panic(fmt.Sprintf("model: a vocabulary of %d words for an architecture of %d", v.Len(), w.arch.Spec.Words))
	}
	p := &Predictor{weights: w, vocab: v, views: viewsOf(w.arch, l.MaxWords), passes: make(chan *pass, max(l.Passes, 1))}
	for range cap(p.passes) {
		p.passes <- nil
	}
	return p
}

// Predictor packs the bundle's parameters and returns a predictor. For several predictors of one
// model call NewWeights once and NewPredictor for each.
func (b *Bundle) Predictor(l Limits) *Predictor {
	return NewPredictor(NewWeights(b.Architecture, b.Params), b.Vocab, l)
}

// Answer answers texts, in their order. A text without words is answered as one unknown word.
// An error means that there is no prediction at all: ctx has ended, the words of a text do not lie
// in the text, or a text lacks the columns that the encoder reads.
func (p *Predictor) Answer(ctx context.Context, texts []Text) ([]Prediction, error) {
	out := make([]Prediction, len(texts))
	for i, t := range texts {
		if err := t.check(&p.weights.arch.Job.Encoder); err != nil {
			return nil, fmt.Errorf("text %d: %w", i+1, err)
		}
		out[i] = Prediction{Text: t.Text, Tasks: make([]TaskAnswer, len(p.weights.arch.Job.Tasks))}
	}
	for n, v := range p.views {
		read := make([]readText, len(texts))
		for i, t := range texts {
			words, truncated := v.words(t)
			read[i] = readText{&out[i], words, t.Columns, truncated}
			out[i].Truncated = out[i].Truncated || truncated
			if n == 0 {
				out[i].Words = words
			}
		}
		if err := p.answer(ctx, v, blocksOf(read)); err != nil {
			return nil, err
		}
	}
	for i := range out {
		if err := out[i].finite(); err != nil {
			out[i].Err, out[i].Tasks = err, nil
		}
	}
	return out, nil
}

// answer computes blocks of one view on at most as many goroutines as there are passes.
func (p *Predictor) answer(ctx context.Context, v view, blocks [][]readText) error {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; int(i) < len(blocks); i = next.Add(1) - 1 {
			if p.block(ctx, v, blocks[i]) != nil {
				return
			}
		}
	}
	var others sync.WaitGroup
	for range min(cap(p.passes), len(blocks)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return ctx.Err()
}

// block waits for a pass and computes one block.
func (p *Predictor) block(ctx context.Context, v view, block []readText) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case idle := <-p.passes:
		if idle == nil {
			idle = newPass(p.weights.arch, p.weights)
		}
		idle.predict(p.vocab, v, block)
		p.passes <- idle
		return nil
	}
}

// check returns an error if the words do not lie in the text one behind the other, or if a word
// has no value in a column that the encoder reads.
func (t Text) check(e *job.Encoder) error {
	if len(t.Columns) != len(e.Columns) {
		return fmt.Errorf("it has %d columns next to the words, the model reads %d", len(t.Columns), len(e.Columns))
	}
	for k, column := range t.Columns {
		if len(column) != len(t.Words) {
			return fmt.Errorf("%d values of %s for %d words", len(column), e.Columns[k].Field, len(t.Words))
		}
	}
	at := 0
	for i, w := range t.Words {
		if w.Start < at || w.End < w.Start || w.End > len(t.Text) {
			return fmt.Errorf("word %d covers bytes %d to %d of %d, after byte %d", i+1, w.Start, w.End, len(t.Text), at)
		}
		at = w.End
	}
	return nil
}
