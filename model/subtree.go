package model

import (
	"slices"
	"time"

	"braid/gradient"
	"braid/internal/kernel"
)

// subtree computes one subtree: all its shards together up to the gradients of activations, then
// shard by shard the gradients of parameters, summed in the order of the tree.
func (e *Engine) subtree(l *lane, i int) {
	c := &e.call
	if c.ctx.Err() != nil {
		return
	}
	n, streams := c.subtrees[i], c.step.Streams
	lo, hi := c.tree.Range(n)
	for len(l.streams) < len(streams) {
		l.streams = append(l.streams, newPass(e.arch, e.weights))
	}
	for i, s := range streams {
		l.streams[i].train(c.sets[s.Set].Train, c.step.Step, s, lo, hi, c.scale)
	}
	g := e.others(l, n, lo)
	c.done[i] = g
	node := -1
	if c.partDone != nil {
		node = slices.Index(c.nodes, n)
	}
	if node >= 0 {
		c.partDone(node, g, gradient.Range{})
	}
	for i, r := range e.arch.ranges {
		if c.ctx.Err() != nil {
			return
		}
		if !slices.ContainsFunc(l.streams[:len(streams)], func(p *pass) bool { return p.trains(r.Slot) }) {
			continue
		}
		if r.Lo == 0 {
			g.Dense[r.Slot] = e.store.slot(r.Slot)
		}
		e.sumRange(l, i, g.Dense[r.Slot][r.Lo:r.Hi], n, lo, 0)
		if node >= 0 {
			c.partDone(node, g, r)
		}
	}
}

// sumRange computes range i of a subtree. A range is so small that the core still has one shard's
// numbers in its cache when it adds those of the next.
func (e *Engine) sumRange(l *lane, i int, sum []float32, n gradient.Node, first, depth int) {
	tree := e.call.tree
	if n >= tree.Leaf(0) {
		shard := int(n-tree.Leaf(0)) - first
		written := false
		for _, p := range l.streams[:len(e.call.step.Streams)] {
			if !p.trains(e.arch.ranges[i].Slot) {
				continue
			}
			to := sum
			if written {
				to = l.memory(depth, len(sum))
			}
			p.encoder.Write(i, shard, to)
			if written {
				kernel.AddTo(sum, to)
			}
			written = true
		}
		e.precision.Round(sum)
		return
	}
	e.sumRange(l, i, sum, 2*n, first, depth+1)
	if tree.Valid(2*n + 1) {
		right := l.memory(depth, len(sum))
		e.sumRange(l, i, right, 2*n+1, first, depth+1)
		begin := time.Now()
		e.precision.Add(sum, right)
		l.spent.Reduce += time.Since(begin)
	}
}

// others computes the slots of a subtree that ranges do not cut.
func (e *Engine) others(l *lane, n gradient.Node, first int) *gradient.Gradient {
	tree := e.call.tree
	if n >= tree.Leaf(0) {
		return e.leaf(l.streams[:len(e.call.step.Streams)], int(n-tree.Leaf(0))-first)
	}
	g := e.others(l, 2*n, first)
	if tree.Valid(2*n + 1) {
		right := e.others(l, 2*n+1, first)
		begin := time.Now()
		g.Add(right, e.precision)
		l.spent.Reduce += time.Since(begin)
		e.Release(right)
	}
	return g
}

// leaf computes those slots of one shard: the sum over the step's streams in their order.
func (e *Engine) leaf(streams []*pass, shard int) *gradient.Gradient {
	g := e.store.get()
	streams[0].writeGradient(g, shard, e.store)
	for _, p := range streams[1:] {
		more := e.store.get()
		p.writeGradient(more, shard, e.store)
		// Slots that only this stream has, such as its heads, move; Add would copy them.
		for i, d := range more.Dense {
			if g.Dense[i] == nil {
				g.Dense[i], more.Dense[i] = d, nil
			}
		}
		g.Add(more, gradient.F32)
		e.Release(more)
	}
	g.Round(e.precision)
	return g
}
