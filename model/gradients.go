package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/plan"
)

// work is what the goroutines of a call of Gradients read, and what they give.
type work struct {
	ctx   context.Context
	sets  []data.Set
	step  plan.Step
	scale []float32
	tree  gradient.Tree
	nodes []gradient.Node
	out   []*gradient.Gradient // of nodes

	units, finer []gradient.Node
	done         []*gradient.Gradient // of units
}

// Gradients computes nodes of a step's tree, each the sum over its shards, and gives them
// in their order. scale is by task: the factor on its dLogits. The bits of a node do not
// depend on the other nodes, nor on the number of goroutines. A gradient belongs to the
// caller until it gives it to Release; the slice is the engine's and valid until the next
// call.
func (e *Engine) Gradients(ctx context.Context, sets []data.Set, step plan.Step, scale []float32, nodes []gradient.Node) ([]*gradient.Gradient, error) {
	w := &e.work
	w.ctx, w.sets, w.step, w.scale, w.nodes = ctx, sets, step, scale, nodes
	w.tree = gradient.Tree{S: len(step.Streams[0].Shards)}
	w.cut(e.threads)
	w.done = append(w.done[:0], make([]*gradient.Gradient, len(w.units))...)
	e.each(len(w.units), (*Engine).unit)
	if err := ctx.Err(); err != nil {
		for _, g := range w.done {
			if g != nil {
				e.Release(g)
			}
		}
		return nil, err
	}
	w.out = append(w.out[:0], make([]*gradient.Gradient, len(nodes))...)
	e.each(len(nodes), (*Engine).node)
	return w.out, nil
}

// cut cuts nodes into subtrees, the units, enough of them for the goroutines: one each
// when their number is a power of two, more for balance when it is not. Large ones are
// faster.
func (w *work) cut(threads int) {
	want := 1
	for want < threads {
		want *= 2
	}
	if want != threads {
		want *= 2
	}
	w.units = append(w.units[:0], w.nodes...)
	for len(w.units) < want {
		w.finer = w.finer[:0]
		for _, u := range w.units {
			if lo, hi := w.tree.Range(u); hi-lo == 1 {
				w.finer = append(w.finer, u)
				continue
			}
			w.finer = append(w.finer, 2*u)
			if w.tree.Valid(2*u + 1) {
				w.finer = append(w.finer, 2*u+1)
			}
		}
		if slices.Equal(w.finer, w.units) {
			break
		}
		w.units, w.finer = w.finer, w.units
	}
}

// node adds units up to a node.
func (e *Engine) node(p *passes, i int) { e.work.out[i] = e.combine(p, e.work.nodes[i]) }

func (e *Engine) combine(p *passes, n gradient.Node) *gradient.Gradient {
	w := &e.work
	if i := slices.Index(w.units, n); i >= 0 {
		return w.done[i]
	}
	if !w.tree.Valid(n) || n >= w.tree.Leaf(0) {
		panic(fmt.Sprintf("model: node %d was not computed", n))
	}
	g := e.combine(p, 2*n)
	if w.tree.Valid(2*n + 1) {
		e.add(p, g, e.combine(p, 2*n+1))
	}
	return g
}

// unit computes one subtree: all its shards together up to the gradients of activations,
// then shard by shard the gradients of parameters, added as the tree says.
func (e *Engine) unit(p *passes, i int) {
	w := &e.work
	if w.ctx.Err() != nil {
		return
	}
	n, streams := w.units[i], w.step.Streams
	lo, hi := w.tree.Range(n)
	for len(p.each) < len(streams) {
		p.each = append(p.each, newPass(e))
	}
	for i, s := range streams {
		p.each[i].train(w.sets[s.Set].Train, w.step.Step, s, lo, hi, w.scale)
	}
	w.done[i] = e.subtree(p, n, lo)
}

func (e *Engine) subtree(p *passes, n gradient.Node, first int) *gradient.Gradient {
	tree := e.work.tree
	if n >= tree.Leaf(0) {
		return e.leaf(p.each[:len(e.work.step.Streams)], int(n-tree.Leaf(0))-first)
	}
	g := e.subtree(p, 2*n, first)
	if tree.Valid(2*n + 1) {
		e.add(p, g, e.subtree(p, 2*n+1, first))
	}
	return g
}

// add makes g its parent; right goes back to the store.
func (e *Engine) add(p *passes, g, right *gradient.Gradient) {
	begin := time.Now()
	g.Add(right, e.precision)
	e.Release(right)
	p.spent.Reduce += time.Since(begin)
}

// leaf is one shard's gradient: the sum over the step's streams in their order.
func (e *Engine) leaf(passes []*pass, shard int) *gradient.Gradient {
	g := e.store.get()
	passes[0].weights(g, shard)
	for _, p := range passes[1:] {
		more := e.store.get()
		p.weights(more, shard)
		// What only this stream has, its heads, moves: Add would copy it.
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
