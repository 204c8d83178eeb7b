package model

import (
	"context"

	"braid/data"
	"braid/gradient"
	"braid/task"
)

// Scores scores blocks of examples on the engine's goroutines and returns the scores in the order of
// the blocks. If outcomes is set, the scores have the outcomes of single examples.
func (e *Engine) Scores(ctx context.Context, sets []data.Set, blocks []ExampleBlock,
	outcomes bool) ([]*SetScore, error) {
	out := make([]*SetScore, len(blocks))
	e.run(len(blocks), func(e *Engine, l *lane, i int) {
		if ctx.Err() != nil {
			return
		}
		b := blocks[i]
		out[i] = e.scratchPass(l).score(sets[b.Set].Split(b.Split), b, outcomes)
	})
	return out, ctx.Err()
}

// scratchPass returns a goroutine's first pass.
func (e *Engine) scratchPass(l *lane) *pass {
	if len(l.streams) == 0 {
		l.streams = append(l.streams, newPass(e.arch, e.weights))
	}
	return l.streams[0]
}

// score computes one block of examples and counts its answers.
func (p *pass) score(c *data.Corpus, b ExampleBlock, outcomes bool) *SetScore {
	p.load(c, b)
	p.forward(nil, 0)
	return p.count(c, b.Set, outcomes, func(t int, target *task.Targets) (gradient.Loss, counter) {
		h := p.head(t)
		sum, weight := h.Loss(target, 0, 1)
		return gradient.Loss{Sum: sum, Weight: weight}, h.Count
	})
}

// load lays out a block of examples as one shard.
func (p *pass) load(c *data.Corpus, b ExampleBlock) {
	if len(p.shards) == 0 {
		p.shards, p.losses = append(p.shards, nil), append(p.losses, nil)
	}
	p.shards[0] = p.shards[0][:0]
	for i := b.Lo; i < b.Hi; i += max(b.Every, 1) {
		p.shards[0] = append(p.shards[0], uint32(i))
	}
	p.batch.collect(c, p.shards[:1])
}
