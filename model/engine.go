package model

import (
	"time"

	"braid/gradient"
	"braid/internal/crew"
	"braid/nn"
)

// Engine computes gradients and scores of one architecture on several goroutines. Only one of
// its methods may run at a time. Call Pack before the first computation; the parameters given
// to Pack must not change during a computation.
//
// An Engine holds no resources; there is no Close. Once its memory has grown, Pack, Gradients
// and Release allocate nothing.
type Engine struct {
	arch      *Architecture
	threads   int
	precision gradient.Precision

	weights *Weights
	lanes   []*lane // one a goroutine
	store   *store
	call    call

	crew *crew.Crew
	do   func(e *Engine, l *lane, i int) // argument of the current run
}

// lane is the memory of one goroutine.
type lane struct {
	streams []*pass     // one for each stream of a step
	sums    [][]float32 // by depth in the tree
	spent   Spent
}

// Spent is the computing time of an engine's goroutines, summed since NewEngine.
type Spent struct {
	Busy   time.Duration // total
	Reduce time.Duration // of it, the sums of the tree over the shards
}

// memory returns n numbers of unspecified values that belong to a depth.
func (l *lane) memory(depth, n int) []float32 {
	for len(l.sums) <= depth {
		l.sums = append(l.sums, nil)
	}
	if cap(l.sums[depth]) < n {
		l.sums[depth] = make([]float32, n)
	}
	return l.sums[depth][:n]
}

// NewEngine returns an engine of threads goroutines, at least one.
func NewEngine(a *Architecture, threads int) *Engine {
	threads = max(threads, 1)
	e := &Engine{arch: a, threads: threads, weights: newWeights(a, true), store: newStore(a.shape),
		precision: gradient.ParsePrecision(a.Job.Training.Precision)}
	for range threads {
		e.lanes = append(e.lanes, &lane{})
	}
	e.crew = crew.New(threads, func(member, i int) {
		l, begin := e.lanes[member], time.Now()
		e.do(e, l, i)
		l.spent.Busy += time.Since(begin)
	})
	return e
}

// Spent returns the computing time since NewEngine. It must not run during a computation.
func (e *Engine) Spent() (s Spent) {
	for _, l := range e.lanes {
		s.Busy += l.spent.Busy
		s.Reduce += l.spent.Reduce
	}
	return s
}

// Pack sets the parameters of later computations. changed marks the groups that differ from the
// last Pack; nil marks all.
func (e *Engine) Pack(ps *nn.ParamSet, changed []bool) {
	e.run(e.weights.begin(ps, changed), (*Engine).packPiece)
}

func (e *Engine) packPiece(_ *lane, piece int) { e.weights.encoder.Pack(piece) }

// run calls do for 0..n-1 on the engine's goroutines, the first of which is the caller's. In a
// step do is a method, not a closure, and reads its arguments from the engine, so that a step
// allocates nothing.
func (e *Engine) run(n int, do func(e *Engine, l *lane, i int)) {
	e.do = do
	e.crew.Run(n)
}
