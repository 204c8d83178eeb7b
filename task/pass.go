package task

import "braid/nn"

// Pass is the memory of one goroutine for one head.
type Pass struct {
	head    *Head
	pool    nn.PoolState
	decoder DecoderPass
	own     int // elements of the decoder's parameters
	reads   reads
	answer  Decoded
	tags    tagMemory
}

// NewPass returns the memory of one goroutine. reads are passes of the heads that NewHead got, in the same order.
func (h *Head) NewPass(reads ...*Pass) *Pass {
	p := &Pass{head: h, decoder: h.decoder.NewPass(), own: nn.Size(h.decoder.Specs())}
	p.reads.from = reads
	return p
}

// Forward computes what the other methods read. The passes that p reads must have run Forward before, on the same
// hidden states. Forward of p must not run between the Loss of two of their shards.
//
//	hidden (N, W)  the encoder's output; Backward and Write read it again
func (p *Pass) Forward(w *Weights, l *nn.Layout, hidden []float32) {
	if h := p.head; h.pool != nil {
		hidden = h.pool.Forward(&p.pool, w.pool, l, hidden)
	}
	if p.head.read > 0 {
		hidden = p.reads.join(p.head, l, hidden)
	}
	p.decoder.Forward(w.decoder, l, hidden)
}

// Loss returns the summed loss of a shard's texts and the sum of their normalisers, and keeps
// scale times the gradient for Backward.
func (p *Pass) Loss(t *Targets, shard int, scale float32) (sum, normaliser float64) {
	return p.decoder.Loss(t, shard, scale)
}

// Backward returns the gradient of hidden after Loss has run for every shard.
//
//	room            memory for the result; heads that run in turn can share it
//	dHidden (N, W)  in room if room is large enough, otherwise in new memory
func (p *Pass) Backward(w *Weights, room []float32) (dHidden []float32) {
	pool := p.head.pool
	if pool == nil {
		return p.dRows(w, room)
	}
	p.pool.Reuse(room)
	defer p.pool.Reuse(nil)
	return pool.Backward(&p.pool, w.pool, p.dRows(w, nil))
}

// dRows returns the gradient of the rows from the encoder or the pooling.
func (p *Pass) dRows(w *Weights, room []float32) []float32 {
	if p.head.read == 0 {
		return p.decoder.Backward(w.decoder, room)
	}
	return p.reads.split(p.head, p.decoder.Backward(w.decoder, nil), room)
}

// Write sets grad to a shard's gradient of the head's parameters, in the order of Specs.
func (p *Pass) Write(shard int, grad []float32) {
	p.decoder.Write(shard, grad[:p.own])
	if pool := p.head.pool; pool != nil {
		pool.Weights(&p.pool, shard, grad[p.own:])
	}
}

// Count adds the answer for text i to a score and returns whether all of it is right.
func (p *Pass) Count(t *Targets, i int, score *Score) bool {
	p.decoder.Decode(i, &p.answer)
	return p.CountAgain(t, i, score)
}

// CountAgain adds the answer that Count or CountBest has just counted, for text i, to another score.
func (p *Pass) CountAgain(t *Targets, i int, score *Score) bool {
	return p.head.kind.count(p.head, p, t, i, score)
}

// CountBest adds the best answer for text i that the head has to a score. No Forward is
// needed. The answer equals the targets, except for labels that training did not have.
func (p *Pass) CountBest(t *Targets, i int, score *Score) bool {
	p.head.kind.best(p.head, t, i, &p.answer)
	return p.CountAgain(t, i, score)
}

// Answer returns the answer for text i.
func (p *Pass) Answer(i int) Answer {
	p.decoder.Probabilities(i, &p.answer)
	return p.head.kind.name(p.head, &p.answer)
}
