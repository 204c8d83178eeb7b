package model

import (
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/internal/kernel"
	"braid/nn"
	"braid/plan"
	"braid/task"
)

// pass is one goroutine's run of one stream's block of shards through the model: a pure
// function of (parameters, examples, seed, step), with its memory kept for the next block.
type pass struct {
	arch    *Architecture
	weights *Weights
	batch   batch
	word    nn.EmbeddingState
	lstm    nn.LSTMState
	heads   []*task.Pass
	tasks   []int // of the current stream

	hidden  []float32 // (N, W), the LSTM state's
	dHidden []float32 // (N, W), dHead or sum
	dHead   []float32 // (N, W), of one head
	sum     []float32 // (N, W), of several
	dx      []float32 // (N, D), the LSTM state's
	shards  [][]uint32
	losses  [][]gradient.Loss // by shard, then by task of the stream
}

// newPass returns a pass without memory. w may be nil if it computes nothing.
func newPass(a *Architecture, w *Weights) *pass {
	p := &pass{arch: a, weights: w}
	for _, h := range a.heads {
		p.heads = append(p.heads, h.NewPass())
	}
	p.batch.targets = make([]task.Targets, len(p.heads))
	return p
}

// forward runs the encoder over the batch; masks are nil for evaluation.
func (p *pass) forward(masks *nn.Masks) {
	a, w := p.arch, p.weights
	x := a.word.Forward(&p.word, w.params.Groups[nn.GroupWord].Data, p.batch.words)
	if masks != nil {
		a.drop.Apply(x, x, &p.batch.layout, a.word.Dim, masks)
	}
	p.lstm.ForwardOnly = masks == nil
	p.hidden = a.lstm.Forward(&p.lstm, &w.lstm, &p.batch.layout, x, masks)
}

// train runs shards lo to hi-1 of a stream forward and backward, up to the gradients of
// activations.
func (p *pass) train(c *data.Corpus, step uint64, s plan.Stream, lo, hi int, scale []float32) {
	a, w := p.arch, p.weights
	for len(p.shards) < hi-lo {
		p.shards = append(p.shards, nil)
		p.losses = append(p.losses, nil)
	}
	for k := range hi - lo {
		p.shards[k] = resolve(p.shards[k][:0], a.Job, c, s, s.Shards[lo+k])
	}
	p.batch.collect(c, p.shards[:hi-lo])
	masks := p.batch.key(a.masks[s.Set], step)
	if a.Unknown != nil && a.Job.Encoder.Word.Unknown > 0 {
		nn.ReplaceRare(p.batch.words, a.Unknown, a.Job.Encoder.Word.Unknown, &p.batch.layout, masks)
	}
	p.forward(masks)
	p.tasks = s.Tasks
	for k := range hi - lo {
		p.losses[k] = slices.Grow(p.losses[k][:0], len(s.Tasks))[:len(s.Tasks)]
	}
	for i, t := range s.Tasks {
		h, target := p.heads[t], &p.batch.targets[t]
		a.heads[t].Gather(target, c, targetOf(c, t), &p.batch.layout, p.batch.examples)
		h.Forward(w.heads[t], &p.batch.layout, p.hidden)
		for k := range hi - lo {
			sum, norm := h.Loss(target, k, scale[t])
			p.losses[k][i] = gradient.Loss{Sum: sum, Norm: norm}
		}
		p.dHead = h.Backward(w.heads[t], p.dHead)
		switch {
		case len(s.Tasks) == 1:
			p.dHidden = p.dHead
		case i == 0:
			p.sum = append(p.sum[:0], p.dHead...)
			p.dHidden = p.sum
		default:
			kernel.AddTo(p.dHidden, p.dHead)
		}
	}
	p.dx = a.lstm.Backward(&p.lstm, &w.lstm, p.dHidden)
	a.drop.Apply(p.dx, p.dx, &p.batch.layout, a.word.Dim, masks)
}

// writeGradient writes a shard's gradient of the stream into g: of all parameters but the
// LSTM's. Memory comes from s.
func (p *pass) writeGradient(g *gradient.Gradient, shard int, s *store) {
	a := p.arch
	dense := func(group int) []float32 {
		if g.Dense[group] == nil {
			g.Dense[group] = s.group(group)
		}
		return g.Dense[group]
	}
	rows := &g.Rows[nn.GroupWord]
	rows.IDs, rows.Data = a.word.Weights(&p.word, p.dx, p.batch.layout.Rows[shard], rows.IDs[:0], rows.Data[:0])
	for i, t := range p.tasks {
		p.heads[t].Write(shard, dense(nn.GroupHeads+t))
		g.Loss[t] = p.losses[shard][i]
	}
}
