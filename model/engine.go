package model

import (
	"time"

	"braid/gradient"
	"braid/internal/crew"
	"braid/nn"
	"braid/task"
)

// Engine computes gradients, scores and answers of one model on some goroutines. One call
// at a time; the parameters given to Pack must not change while a call runs.
//
// Nothing stays that would have to be closed. Once its memory has grown, Pack, Gradients and
// Release allocate nothing.
type Engine struct {
	model     *Model
	threads   int
	precision gradient.Precision

	params *nn.ParamSet
	lstm   nn.LSTMPacked
	parts  []nn.WeightPart // of the encoder's gradient
	heads  []*task.Weights
	passes []*passes // one a goroutine
	store  store
	work   work

	crew *crew.Crew
	do   func(e *Engine, p *passes, i int) // of the call of each that is under way
}

// passes is the memory of one goroutine: a pass for each stream of a step.
type passes struct {
	each    []*pass
	weights []nn.WeightWork // by stream
	sums    [][]float32     // by depth in the tree
	spent   Spent
}

// Spent is where the time of an engine's goroutines went, added up since it was made.
type Spent struct {
	Busy   time.Duration // all that they computed
	Reduce time.Duration // of it, the sums of the tree over the shards
}

// memory returns n numbers, their values anything, that belong to a depth.
func (p *passes) memory(depth, n int) []float32 {
	for len(p.sums) <= depth {
		p.sums = append(p.sums, nil)
	}
	if cap(p.sums[depth]) < n {
		p.sums[depth] = make([]float32, n)
	}
	return p.sums[depth][:n]
}

// NewEngine makes an engine for threads ≥ 1 goroutines, with the model's own parameters.
func NewEngine(m *Model, threads int) *Engine {
	threads = max(threads, 1)
	e := &Engine{model: m, threads: threads, parts: m.lstm.AppendWeightParts(nil), precision: gradient.ParsePrecision(m.Job.Training.Precision), store: newStore(m.shape)}
	for _, h := range m.heads {
		e.heads = append(e.heads, h.NewWeights())
	}
	for range threads {
		e.passes = append(e.passes, &passes{})
	}
	e.crew = crew.New(threads, func(member, i int) {
		p, begin := e.passes[member], time.Now()
		e.do(e, p, i)
		p.spent.Busy += time.Since(begin)
	})
	e.Pack(m.Params, nil)
	return e
}

// Model returns the engine's model.
func (e *Engine) Model() *Model { return e.model }

// Spent may be called between calls.
func (e *Engine) Spent() (s Spent) {
	for _, p := range e.passes {
		s.Busy += p.spent.Busy
		s.Reduce += p.spent.Reduce
	}
	return s
}

// Pack makes the engine use ps from now on. changed says by group what differs from the
// last Pack; nil is everything.
func (e *Engine) Pack(ps *nn.ParamSet, changed []bool) {
	all := changed == nil || e.params == nil
	e.params = ps
	if all || changed[nn.GroupEncoder] {
		e.each(e.model.lstm.PackParts(&e.lstm), (*Engine).packPart)
	}
	for t, w := range e.heads {
		if all || changed[nn.GroupHeads+t] {
			w.Pack(ps.Groups[nn.GroupHeads+t].Params)
		}
	}
}

func (e *Engine) packPart(_ *passes, part int) {
	e.model.lstm.PackPart(&e.lstm, e.params.Groups[nn.GroupEncoder].Params, part)
}

// each runs do for 0..n-1 on the engine's goroutines, the first of them the caller's. In a
// step do is a method, not a closure, and finds the rest in the engine: so it allocates
// nothing.
func (e *Engine) each(n int, do func(e *Engine, p *passes, i int)) {
	e.do = do
	e.crew.Run(n)
}
