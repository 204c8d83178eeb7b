package model

import (
	"context"
	"slices"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/plan"
)

// call is the arguments and results of a call of Gradients, for the goroutines that share it.
type call struct {
	ctx      context.Context
	sets     []data.Set
	step     plan.Step
	scale    []float32
	tree     gradient.Tree
	nodes    []gradient.Node
	out      []*gradient.Gradient // of nodes
	partDone PartDone

	subtrees, finer []gradient.Node
	done            []*gradient.Gradient // of subtrees
	leaders         []int                // see lead
}

// Tree returns the gradient trees of a step.
func Tree(step plan.Step) gradient.Tree {
	return gradient.Tree{S: len(step.Streams[0].Shards), Trees: step.Trees()}
}

// PartDone is called as soon as part of a node's gradient is final, so that sending overlaps
// with computing. The first call has the zero Range and covers the losses and every slot that
// Architecture.Ranges does not cut. Each later call covers one of the ranges, in order, without
// those of slots that the step does not train. Calls for one node do not overlap; calls for several nodes may.
type PartDone func(node int, g *gradient.Gradient, r gradient.Range)

// Gradients computes nodes of a step's trees, each the sum over its shards, and returns them in
// the order of nodes. scale is by task: the factor on its dLogits. The bits of a node do not
// depend on the other nodes or on the number of goroutines. The caller owns a gradient until it
// calls Release; the slice is the engine's and valid until the next call. partDone may be nil.
func (e *Engine) Gradients(ctx context.Context, sets []data.Set, step plan.Step, scale []float32, nodes []gradient.Node,
	partDone PartDone) ([]*gradient.Gradient, error) {
	c := &e.call
	c.ctx, c.sets, c.step, c.scale, c.nodes, c.partDone = ctx, sets, step, scale, nodes, partDone
	c.tree = Tree(step)
	c.cut(e.threads)
	c.done = append(c.done[:0], make([]*gradient.Gradient, len(c.subtrees))...)
	e.run(len(c.leaders), (*Engine).compute)
	if err := ctx.Err(); err != nil {
		for _, g := range c.done {
			if g != nil {
				e.Release(g)
			}
		}
		return nil, err
	}
	c.out = append(c.out[:0], make([]*gradient.Gradient, len(nodes))...)
	for i, n := range nodes {
		c.out[i] = c.done[c.leftmost(n)]
	}
	// Goroutines share the ranges; the other slots of a node are one piece more.
	e.run(len(nodes)*(len(e.arch.ranges)+1), (*Engine).reduce)
	for i, g := range c.done {
		if !slices.Contains(c.out, g) {
			e.Release(c.done[i])
		}
	}
	if partDone != nil {
		for i, g := range c.out {
			if !slices.Contains(c.subtrees, nodes[i]) { // otherwise announced by sumRanges
				e.announce(i, g)
			}
		}
	}
	return c.out, nil
}

// announce calls partDone for all parts of a node.
func (e *Engine) announce(node int, g *gradient.Gradient) {
	e.call.partDone(node, g, gradient.Range{})
	for _, r := range e.arch.ranges {
		if g.Dense[r.Slot] != nil {
			e.call.partDone(node, g, r)
		}
	}
}

// reduce adds subtrees up to a node: one range, or the slots without ranges.
func (e *Engine) reduce(l *lane, i int) {
	begin := time.Now()
	e.combine(e.call.nodes[i/(len(e.arch.ranges)+1)], i%(len(e.arch.ranges)+1))
	l.spent.Reduce += time.Since(begin)
}

// combine leaves a node's sum in the memory of its leftmost subtree.
func (e *Engine) combine(n gradient.Node, part int) *gradient.Gradient {
	c := &e.call
	if i := slices.Index(c.subtrees, n); i >= 0 {
		return c.done[i]
	}
	g := e.combine(2*n, part)
	if !c.tree.Valid(2*n + 1) {
		return g
	}
	right := e.combine(2*n+1, part)
	if part < len(e.arch.ranges) {
		r := e.arch.ranges[part]
		if g.Dense[r.Slot] == nil {
			return g // the step does not train the slot
		}
		e.precision.Add(g.Dense[r.Slot][r.Lo:r.Hi], right.Dense[r.Slot][r.Lo:r.Hi])
	} else {
		g.AddExcept(right, e.arch.ranged, e.precision)
	}
	return g
}
