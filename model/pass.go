package model

import (
	"slices"

	"braid/data"
	"braid/encoder"
	"braid/gradient"
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
	encoder *encoder.NetworkPass
	heads   []*task.Pass
	ran     []bool // by task: its head has run forward on the block
	tasks   []int  // of the latest backward

	shards [][]uint32
	values []string          // of a word, in the columns that the encoder reads
	losses [][]gradient.Loss // by shard, then as tasks

	textWeights []float64 // by text: the weight of the task that penalise is called for
}

// newPass returns a pass without memory. w may be nil if it computes nothing.
func newPass(a *Architecture, w *Weights) *pass {
	p := &pass{arch: a, weights: w, encoder: a.encoder.NewPass(), heads: make([]*task.Pass, len(a.heads)),
		ran: make([]bool, len(a.heads))}
	for _, t := range a.order {
		p.heads[t] = a.heads[t].NewPass(pick(p.heads, a.reads[t])...)
	}
	p.batch.targets = make([]task.Targets, len(p.heads))
	return p
}

// forward goes to the batch, for a number of backward passes; head computes what tasks read. The computation is
// for evaluation if masks is nil.
func (p *pass) forward(masks *nn.Masks, backwards int) {
	b := &p.batch.block
	b.Masks, b.Backwards = masks, backwards
	p.encoder.Begin(p.weights.encoder, b)
	clear(p.ran)
}

// head returns the pass of task t's head, run forward once for each block after the heads that it reads.
func (p *pass) head(t int) *task.Pass {
	if !p.ran[t] {
		for _, read := range p.arch.reads[t] {
			p.head(read)
		}
		p.heads[t].Forward(p.weights.heads[t], &p.batch.layout, p.encoder.Hidden(t))
		p.ran[t] = true
	}
	return p.heads[t]
}

// begin goes to shards lo to hi-1 of a stream, for a number of calls of backward.
func (p *pass) begin(c *data.Corpus, step uint64, s plan.Stream, lo, hi, backwards int) {
	a := p.arch
	for len(p.shards) < hi-lo {
		p.shards = append(p.shards, nil)
		p.losses = append(p.losses, nil)
	}
	for k := range hi - lo {
		p.shards[k] = resolve(p.shards[k][:0], a.Job, c, s, s.Shards[lo+k])
	}
	p.batch.collect(c, p.shards[:hi-lo])
	p.forward(p.batch.key(a.masks[s.Set], step), backwards)
}

// backward runs tasks of the stream from the encoder's output to their losses and back, up to the
// gradients of activations. Several tasks give the gradient of their sum.
func (p *pass) backward(tasks []int, scale []float32) {
	a, w, c, shards := p.arch, p.weights, p.batch.block.Corpus, p.batch.layout.S()
	p.tasks = tasks
	for k := range shards {
		p.losses[k] = slices.Grow(p.losses[k][:0], len(tasks))[:len(tasks)]
	}
	for i, t := range tasks {
		h, target := p.head(t), &p.batch.targets[t]
		a.heads[t].Gather(target, c, targetOf(c, t), &p.batch.layout, p.batch.examples)
		for k := range shards {
			sum, weight := h.Loss(target, k, scale[t])
			p.losses[k][i] = gradient.Loss{Sum: sum, Weight: weight}
		}
		if a.encoder.Penalised(t) {
			p.penalise(t, i, scale[t])
		}
		p.encoder.Add(t, h.Backward(w.heads[t], p.encoder.Room(t)))
	}
	p.encoder.Backward()
}

// penalise adds the penalty of a task to its losses, which are those with index i of each shard. A text weighs
// as in the loss.
func (p *pass) penalise(t, i int, scale float32) {
	c := p.batch.block.Corpus
	p.textWeights = p.textWeights[:0]
	for _, e := range p.batch.examples {
		p.textWeights = append(p.textWeights, p.arch.heads[t].Normaliser(c, targetOf(c, t), e))
	}
	for shard := range p.batch.layout.S() {
		p.losses[shard][i].Sum += p.encoder.Penalty(t, shard, p.textWeights, scale)
	}
}

// trains reports whether the latest backward pass gave a gradient in a slot.
func (p *pass) trains(slot int) bool { return p.arch.trainedBy(slot, p.tasks) }

// writeGradient writes a shard's gradient of the stream into g: all slots but those that ranges
// cut. Memory comes from s.
func (p *pass) writeGradient(g *gradient.Gradient, shard int, s *store) {
	a := p.arch
	for i, slot := range a.shape.Slots[:a.first] {
		if slot.Table() && p.trains(i) {
			p.encoder.Rows(i, shard, &g.Rows[i])
		}
	}
	for i, t := range p.tasks {
		g.Loss[t] = p.losses[shard][i]
		slot := a.head(t)
		if !p.trains(slot) {
			continue // frozen
		}
		if g.Dense[slot] == nil {
			g.Dense[slot] = s.slot(slot)
		}
		p.heads[t].Write(shard, g.Dense[slot])
	}
}
