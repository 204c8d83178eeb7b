package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"braid/data"
	"braid/gradient"
	"braid/internal/kernel"
	"braid/nn"
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

	units, finer []gradient.Node
	done         []*gradient.Gradient // of units
}

// PartDone is called as soon as part of a node's gradient is final, so that sending overlaps
// with computing. The first call (hi == 0) covers every group except the encoder; each later
// call covers encoder values [lo, hi), in order. The parts of a node are always the same. Calls
// for one node do not overlap; calls for several nodes may.
type PartDone func(node int, g *gradient.Gradient, lo, hi int)

// Gradients computes nodes of a step's tree, each the sum over its shards, and gives them
// in their order. scale is by task: the factor on its dLogits. The bits of a node do not
// depend on the other nodes, nor on the number of goroutines. A gradient belongs to the
// caller until it gives it to Release; the slice is the engine's and valid until the next
// call. partDone may be nil.
func (e *Engine) Gradients(ctx context.Context, sets []data.Set, step plan.Step, scale []float32, nodes []gradient.Node, partDone PartDone) ([]*gradient.Gradient, error) {
	w := &e.call
	w.ctx, w.sets, w.step, w.scale, w.nodes, w.partDone = ctx, sets, step, scale, nodes, partDone
	w.tree = gradient.Tree{S: len(step.Streams[0].Shards)}
	w.cut(e.threads)
	w.done = append(w.done[:0], make([]*gradient.Gradient, len(w.units))...)
	e.run(len(w.units), (*Engine).unit)
	if err := ctx.Err(); err != nil {
		for _, g := range w.done {
			if g != nil {
				e.Release(g)
			}
		}
		return nil, err
	}
	w.out = append(w.out[:0], make([]*gradient.Gradient, len(nodes))...)
	for i, n := range nodes {
		w.out[i] = w.done[w.leftmost(n)]
	}
	// The encoder's numbers part by part, on all goroutines; the rest of a node is one more.
	e.run(len(nodes)*(len(e.parts)+1), (*Engine).node)
	for i, g := range w.done {
		if !slices.Contains(w.out, g) {
			e.Release(w.done[i])
		}
	}
	if partDone != nil {
		for i, g := range w.out {
			if !slices.Contains(w.units, nodes[i]) { // else unit has told
				e.announce(i, g)
			}
		}
	}
	return w.out, nil
}

// announce calls partDone for all of a node.
func (e *Engine) announce(node int, g *gradient.Gradient) {
	e.call.partDone(node, g, 0, 0)
	for _, p := range e.parts {
		e.call.partDone(node, g, p.Lo, p.Hi)
	}
}

// leftmost is the index of the unit that a node is or begins with.
func (w *call) leftmost(n gradient.Node) int {
	for ; n < 2*w.tree.Leaf(0); n *= 2 {
		if i := slices.Index(w.units, n); i >= 0 {
			return i
		}
	}
	panic(fmt.Sprintf("model: node %d was not computed", n))
}

// cut cuts nodes into subtrees, the units, enough of them for the goroutines: one each
// when their number is a power of two, more for balance when it is not. Large ones are
// faster.
func (w *call) cut(threads int) {
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

// node adds units up to a node: one part of the encoder's numbers, or the rest.
func (e *Engine) node(l *lane, i int) {
	begin := time.Now()
	e.combine(e.call.nodes[i/(len(e.parts)+1)], i%(len(e.parts)+1))
	l.spent.Reduce += time.Since(begin)
}

// combine leaves a node's sum in the memory of its leftmost unit.
func (e *Engine) combine(n gradient.Node, part int) *gradient.Gradient {
	w := &e.call
	if i := slices.Index(w.units, n); i >= 0 {
		return w.done[i]
	}
	g := e.combine(2*n, part)
	if !w.tree.Valid(2*n + 1) {
		return g
	}
	right := e.combine(2*n+1, part)
	if part < len(e.parts) {
		p := e.parts[part]
		e.addPart(g.Dense[nn.GroupEncoder][p.Lo:p.Hi], right.Dense[nn.GroupEncoder][p.Lo:p.Hi])
	} else {
		g.AddRest(right, nn.GroupEncoder, e.precision)
	}
	return g
}

// addPart adds and rounds as Gradient.Add does.
func (e *Engine) addPart(sum, right []float32) {
	kernel.AddTo(sum, right)
	e.precision.Round(sum)
}

// unit computes one subtree: all its shards together up to the gradients of activations,
// then shard by shard the gradients of parameters, added as the tree says.
func (e *Engine) unit(l *lane, i int) {
	w := &e.call
	if w.ctx.Err() != nil {
		return
	}
	n, streams := w.units[i], w.step.Streams
	lo, hi := w.tree.Range(n)
	for len(l.streams) < len(streams) {
		l.streams = append(l.streams, newPass(e.arch, e.weights))
	}
	for i, s := range streams {
		l.streams[i].train(w.sets[s.Set].Train, w.step.Step, s, lo, hi, w.scale)
	}
	g := e.subtree(l, n, lo)
	w.done[i] = g
	node := -1
	if w.partDone != nil {
		node = slices.Index(w.nodes, n)
	}
	if node >= 0 {
		w.partDone(node, g, 0, 0)
	}
	encoder := e.store.group(nn.GroupEncoder)
	g.Dense[nn.GroupEncoder] = encoder
	l.weights = append(l.weights, make([]nn.WeightWork, max(0, len(streams)-len(l.weights)))...)
	for i := range l.weights {
		l.weights[i].Begin()
	}
	for _, part := range e.parts {
		if w.ctx.Err() != nil {
			return
		}
		e.part(l, part, encoder[part.Lo:part.Hi], n, lo, 0)
		if node >= 0 {
			w.partDone(node, g, part.Lo, part.Hi)
		}
	}
}

// part computes one part of the encoder's numbers of a subtree. It is small enough that
// the shards' numbers are added where the core still has them in its cache.
func (e *Engine) part(l *lane, part nn.WeightPart, sum []float32, n gradient.Node, first, depth int) {
	tree := e.call.tree
	if n >= tree.Leaf(0) {
		shard := int(n-tree.Leaf(0)) - first
		for i := range e.call.step.Streams {
			lstm, to := &l.streams[i].lstm, sum
			if i > 0 {
				to = l.memory(depth, len(sum))
			}
			e.arch.lstm.WeightPart(lstm, shard, part, to, &l.weights[i])
			if i > 0 {
				kernel.AddTo(sum, to)
			}
		}
		e.precision.Round(sum)
		return
	}
	e.part(l, part, sum, 2*n, first, depth+1)
	if tree.Valid(2*n + 1) {
		right := l.memory(depth, len(sum))
		e.part(l, part, right, 2*n+1, first, depth+1)
		begin := time.Now()
		e.addPart(sum, right)
		l.spent.Reduce += time.Since(begin)
	}
}

// subtree computes all but the encoder's numbers.
func (e *Engine) subtree(l *lane, n gradient.Node, first int) *gradient.Gradient {
	tree := e.call.tree
	if n >= tree.Leaf(0) {
		return e.leaf(l.streams[:len(e.call.step.Streams)], int(n-tree.Leaf(0))-first)
	}
	g := e.subtree(l, 2*n, first)
	if tree.Valid(2*n + 1) {
		right := e.subtree(l, 2*n+1, first)
		begin := time.Now()
		g.Add(right, e.precision)
		l.spent.Reduce += time.Since(begin)
		e.Release(right)
	}
	return g
}

// leaf is one shard's gradient but for the encoder's numbers: the sum over the step's streams in their order.
func (e *Engine) leaf(passes []*pass, shard int) *gradient.Gradient {
	g := e.store.get()
	passes[0].writeGradient(g, shard, e.store)
	for _, p := range passes[1:] {
		more := e.store.get()
		p.writeGradient(more, shard, e.store)
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
