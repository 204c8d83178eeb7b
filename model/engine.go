package model

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"braid/data"
	"braid/gradient"
	"braid/nn"
	"braid/plan"
	"braid/task"
)

// Engine computes gradients, scores and answers of one model on some goroutines. One call
// at a time; the parameters given to Pack must not change while a call runs.
type Engine struct {
	model     *Model
	threads   int
	precision gradient.Precision

	params *nn.ParamSet
	lstm   nn.LSTMPacked
	heads  []task.Packed
	passes []*passes // one a goroutine
	store  store
}

// passes is the memory of one goroutine: a pass for each stream of a step.
type passes struct{ each []*pass }

// NewEngine makes an engine for threads ≥ 1 goroutines, with the model's own parameters.
func NewEngine(m *Model, threads int) *Engine {
	threads = max(threads, 1)
	e := &Engine{model: m, threads: threads, heads: make([]task.Packed, len(m.heads)),
		precision: gradient.ParsePrecision(m.Job.Cluster.Precision), store: newStore(m.shape)}
	for range threads {
		e.passes = append(e.passes, &passes{})
	}
	e.Pack(m.Params, nil)
	return e
}

// Model returns the engine's model.
func (e *Engine) Model() *Model { return e.model }

// Pack makes the engine use ps from now on. changed says by group what differs from the
// last Pack; nil is everything.
func (e *Engine) Pack(ps *nn.ParamSet, changed []bool) {
	did := func(group int) bool { return changed == nil || e.params == nil || changed[group] }
	if did(nn.GroupEncoder) {
		params := ps.Groups[nn.GroupEncoder].Params
		parts := e.model.lstm.PackParts(&e.lstm)
		e.each(parts, func(_ *passes, part int) { e.model.lstm.PackPart(&e.lstm, params, part) })
	}
	for t, h := range e.model.heads {
		if did(nn.GroupHeads + t) {
			h.Pack(&e.heads[t], ps.Groups[nn.GroupHeads+t].Params)
		}
	}
	e.params = ps
}

// each runs f for 0..n-1 on the engine's goroutines, the first of them the caller's.
func (e *Engine) each(n int, f func(p *passes, i int)) {
	var next atomic.Int64
	work := func(p *passes) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(p, i)
		}
	}
	var wg sync.WaitGroup
	for _, p := range e.passes[1:min(e.threads, max(n, 1))] {
		wg.Go(func() { work(p) })
	}
	work(e.passes[0])
	wg.Wait()
}

// Gradients computes nodes of a step's tree, each the sum over its shards, and gives them
// in their order. scale is by task: the factor on its dLogits. The bits of a node do not
// depend on the other nodes, nor on the number of goroutines. A gradient belongs to the
// caller until it gives it to Release.
func (e *Engine) Gradients(ctx context.Context, sets []data.Set, step plan.Step, scale []float32, nodes []gradient.Node) ([]*gradient.Gradient, error) {
	tree := gradient.Tree{S: len(step.Streams[0].Shards)}
	units := e.units(tree, nodes)
	done := make([]*gradient.Gradient, len(units))
	e.each(len(units), func(p *passes, i int) {
		if ctx.Err() == nil {
			done[i] = e.unit(p, sets, step, scale, tree, units[i])
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at := map[gradient.Node]*gradient.Gradient{}
	for i, u := range units {
		at[u] = done[i]
	}
	out := make([]*gradient.Gradient, len(nodes))
	e.each(len(nodes), func(_ *passes, i int) { out[i] = e.combine(tree, nodes[i], at) })
	return out, nil
}

// units cuts nodes into subtrees, enough of them for the goroutines: one each when their
// number is a power of two, more for balance when it is not. Large ones are faster.
func (e *Engine) units(tree gradient.Tree, nodes []gradient.Node) []gradient.Node {
	want := 1
	for want < e.threads {
		want *= 2
	}
	if want != e.threads {
		want *= 2
	}
	units := append([]gradient.Node(nil), nodes...)
	for len(units) < want {
		var finer []gradient.Node
		for _, u := range units {
			if lo, hi := tree.Range(u); hi-lo == 1 {
				finer = append(finer, u)
				continue
			}
			for _, child := range []gradient.Node{2 * u, 2*u + 1} {
				if tree.Valid(child) {
					finer = append(finer, child)
				}
			}
		}
		if len(finer) == len(units) && !deeper(finer, units) {
			break
		}
		units = finer
	}
	return units
}

// deeper says that some unit was replaced by a child.
func deeper(finer, units []gradient.Node) bool {
	for i := range units {
		if finer[i] != units[i] {
			return true
		}
	}
	return false
}

// combine adds units up to a node.
func (e *Engine) combine(tree gradient.Tree, n gradient.Node, at map[gradient.Node]*gradient.Gradient) *gradient.Gradient {
	if g := at[n]; g != nil {
		return g
	}
	if !tree.Valid(n) || n >= tree.Leaf(0) {
		panic(fmt.Sprintf("model: node %d was not computed", n))
	}
	g := e.combine(tree, 2*n, at)
	if tree.Valid(2*n + 1) {
		right := e.combine(tree, 2*n+1, at)
		g.Add(right, e.precision)
		e.Release(right)
	}
	return g
}

// unit computes one subtree: all its shards together up to the gradients of activations,
// then shard by shard the gradients of parameters, added as the tree says.
func (e *Engine) unit(p *passes, sets []data.Set, step plan.Step, scale []float32, tree gradient.Tree, n gradient.Node) *gradient.Gradient {
	lo, hi := tree.Range(n)
	for len(p.each) < len(step.Streams) {
		p.each = append(p.each, newPass(e))
	}
	for i, s := range step.Streams {
		p.each[i].train(sets[s.Set].Train, step.Step, s, lo, hi, scale)
	}
	return e.subtree(p.each[:len(step.Streams)], tree, n, lo)
}

func (e *Engine) subtree(passes []*pass, tree gradient.Tree, n gradient.Node, first int) *gradient.Gradient {
	if n >= tree.Leaf(0) {
		return e.leaf(passes, int(n-tree.Leaf(0))-first)
	}
	g := e.subtree(passes, tree, 2*n, first)
	if tree.Valid(2*n + 1) {
		right := e.subtree(passes, tree, 2*n+1, first)
		g.Add(right, e.precision)
		e.Release(right)
	}
	return g
}

// leaf is one shard's gradient: the sum over the step's streams in their order.
func (e *Engine) leaf(passes []*pass, shard int) *gradient.Gradient {
	g := e.store.get()
	passes[0].weights(g, shard)
	for _, p := range passes[1:] {
		more := e.store.get()
		p.weights(more, shard)
		g.Add(more, gradient.F32)
		e.Release(more)
	}
	g.Round(e.precision)
	return g
}

// Release gives a gradient's memory back for later ones.
func (e *Engine) Release(g *gradient.Gradient) { e.store.put(g) }

// store keeps the memory of gradients that are no longer needed.
type store struct {
	shape gradient.Shape

	mu    sync.Mutex
	free  []*gradient.Gradient
	dense [][][]float32 // by group
}

func newStore(shape gradient.Shape) store {
	return store{shape: shape, dense: make([][][]float32, len(shape.Dense))}
}

// get returns a gradient without any group.
func (s *store) get() *gradient.Gradient {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		g := s.free[n-1]
		s.free = s.free[:n-1]
		return g
	}
	g := &gradient.Gradient{Dense: make([][]float32, len(s.shape.Dense)), Rows: make([]gradient.Rows, len(s.shape.Dense)), Loss: make([]gradient.Loss, s.shape.Tasks)}
	for i, dim := range s.shape.Dim {
		g.Rows[i].Dim = dim
	}
	return g
}

// group returns memory for a group's dense gradient, its contents anything.
func (s *store) group(i int) []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.dense[i]); n > 0 {
		d := s.dense[i][n-1]
		s.dense[i] = s.dense[i][:n-1]
		return d
	}
	return make([]float32, s.shape.Dense[i])
}

func (s *store) put(g *gradient.Gradient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range g.Dense {
		if d != nil {
			s.dense[i] = append(s.dense[i], d)
			g.Dense[i] = nil
		}
		g.Rows[i].IDs, g.Rows[i].Data = g.Rows[i].IDs[:0], g.Rows[i].Data[:0]
	}
	clear(g.Loss)
	s.free = append(s.free, g)
}
