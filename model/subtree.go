package model

import (
	"slices"
	"time"

	"braid/gradient"
	"braid/internal/kernel"
)

// compute computes a piece of work: one subtree, or those of several tasks over the same examples.
func (e *Engine) compute(l *lane, i int) {
	c := &e.call
	if c.ctx.Err() != nil {
		return
	}
	first := c.leaders[i]
	if !c.step.Apart {
		e.computeJoint(l, first)
		return
	}
	e.computeApart(l, first)
}

// computeJoint computes a subtree: all its shards together up to the gradients of activations, then
// shard by shard the gradients of parameters, summed in the order of the tree.
func (e *Engine) computeJoint(l *lane, subtree int) {
	c := &e.call
	lo, hi := c.tree.Shards(c.subtrees[subtree])
	streams := e.passes(l, len(c.step.Streams))
	for k, s := range c.step.Streams {
		streams[k].begin(c.sets[s.Set].Train, c.step.Step, s, lo, hi, 1)
		streams[k].backward(s.Tasks, c.scale)
	}
	e.sum(l, streams, subtree)
}

// computeApart computes the subtrees that cover the same shards of a stream as the first one, each for
// another task: forward once, then backward and the sums of computeJoint for each.
func (e *Engine) computeApart(l *lane, first int) {
	c := &e.call
	n, streams := c.subtrees[first], e.passes(l, 1)
	k, _ := c.step.Tree(c.tree.Of(n))
	s, tasks := c.step.Streams[k], 0
	for _, other := range c.subtrees[first:] {
		if other == n || c.together(n, other) {
			tasks++
		}
	}
	lo, hi := c.tree.Shards(n)
	streams[0].begin(c.sets[s.Set].Train, c.step.Step, s, lo, hi, tasks)
	for i := first; i < len(c.subtrees) && c.ctx.Err() == nil; i++ {
		if other := c.subtrees[i]; other == n || c.together(n, other) {
			_, t := c.step.Tree(c.tree.Of(other))
			streams[0].backward(s.Tasks[t:t+1], c.scale)
			e.sum(l, streams, i)
		}
	}
}

// passes returns n passes of a goroutine.
func (e *Engine) passes(l *lane, n int) []*pass {
	for len(l.streams) < n {
		l.streams = append(l.streams, newPass(e.arch, e.weights))
	}
	return l.streams[:n]
}

// sum writes the gradients of a subtree's shards and sums them in the order of the tree, first the slots
// that ranges do not cut, then range by range. streams have run backward.
func (e *Engine) sum(l *lane, streams []*pass, subtree int) {
	c := &e.call
	n := c.subtrees[subtree]
	first, _ := c.tree.Range(n)
	g := e.others(l, streams, n, first)
	c.done[subtree] = g
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
		if !slices.ContainsFunc(streams, func(p *pass) bool { return p.trains(r.Slot) }) {
			continue
		}
		if r.Lo == 0 {
			g.Dense[r.Slot] = e.store.slot(r.Slot)
		}
		e.sumRange(l, streams, i, g.Dense[r.Slot][r.Lo:r.Hi], n, first, 0)
		if node >= 0 {
			c.partDone(node, g, r)
		}
	}
}

// sumRange computes range i of a subtree whose first unit is first. A range is so small that the core still
// has one shard's numbers in its cache when it adds those of the next.
func (e *Engine) sumRange(l *lane, streams []*pass, i int, sum []float32, n gradient.Node, first, depth int) {
	tree := e.call.tree
	if tree.IsLeaf(n) {
		unit, _ := tree.Range(n)
		written := false
		for _, p := range streams {
			if !p.trains(e.arch.ranges[i].Slot) {
				continue
			}
			to := sum
			if written {
				to = l.memory(depth, len(sum))
			}
			p.encoder.Write(i, unit-first, to)
			if written {
				kernel.AddTo(sum, to)
			}
			written = true
		}
		e.precision.Round(sum)
		return
	}
	e.sumRange(l, streams, i, sum, 2*n, first, depth+1)
	if tree.Valid(2*n + 1) {
		right := l.memory(depth, len(sum))
		e.sumRange(l, streams, i, right, 2*n+1, first, depth+1)
		begin := time.Now()
		e.precision.Add(sum, right)
		l.spent.Reduce += time.Since(begin)
	}
}

// others computes the slots of a subtree that ranges do not cut.
func (e *Engine) others(l *lane, streams []*pass, n gradient.Node, first int) *gradient.Gradient {
	tree := e.call.tree
	if tree.IsLeaf(n) {
		unit, _ := tree.Range(n)
		return e.leaf(streams, unit-first)
	}
	g := e.others(l, streams, 2*n, first)
	if tree.Valid(2*n + 1) {
		right := e.others(l, streams, 2*n+1, first)
		begin := time.Now()
		g.Add(right, e.precision)
		l.spent.Reduce += time.Since(begin)
		e.Release(right)
	}
	return g
}

// leaf computes those slots of one shard: the sum over the streams in their order.
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
