package optim

import (
	"fmt"

	"braid/gradient"
	"braid/internal/crew"
	"braid/internal/kernel"
	"braid/nn"
)

// Optimizer is an update rule and its memory of every parameter. One Update at a time.
type Optimizer struct {
	config Config
	chain  []Transform
	slots  []int // by transform
	groups []groupState
	partOf []int // by part of a gradient: its group

	average   averager
	averages  int          // slot of the average; -1: none
	sent      *nn.ParamSet // windows of the slots of that name; nil with F32
	readsOnly bool         // no transform of the chain writes Slice.Update
	pieces    []piece
	workers   []worker // by goroutine
	crew      *crew.Crew

	// Arguments of the Update that is running.
	params   *nn.ParamSet
	gradient *gradient.Gradient
	rate     float64
}

// groupState is the memory of one group.
type groupState struct {
	name  string
	size  int // numbers that updates may change: the first ones of the group's Data
	steps uint64
	slots []slot // the transforms' in the order of the chain, then those of the average and of rounding
}

type slot struct {
	name string
	data []float32 // groupState.size
}

// New returns an optimizer for the groups of ps. All its slots are 0. A parameter takes one
// number per slot of the chain (2 for Adam), one more with an average, and two more with BF16.
func New(c Config, ps *nn.ParamSet) *Optimizer {
	return newWithChain(c, ps, fuse(c))
}

func newWithChain(c Config, ps *nn.ParamSet, chain []Transform) *Optimizer {
	o := &Optimizer{config: c, chain: chain, partOf: groupsOf(c.Shape.Slots, len(ps.Groups)), averages: -1}
	o.workers = make([]worker, max(c.Threads, 1))
	var names []string
	for _, t := range chain {
		o.slots = append(o.slots, len(t.Slots()))
		names = append(names, t.Slots()...)
	}
	if c.Average.on() {
		o.average = averager{Averaging: c.Average, length: c.Average.block()}
		o.averages = len(names)
		names = append(names, slotAverage)
	}
	if c.Precision == gradient.BF16 {
		names = append(names, slotResidual, slotSent)
		o.sent = &nn.ParamSet{}
	}
	_, o.readsOnly = chain[0].(FusedAdam)
	for i, g := range ps.Groups {
		state := groupState{name: g.Name, size: c.trained(i, g)}
		for _, name := range names {
			state.slots = append(state.slots, slot{name, make([]float32, state.size)})
		}
		if o.sent != nil {
			last := state.slots[len(state.slots)-1]
			o.sent.Groups = append(o.sent.Groups, &nn.Group{Name: g.Name, Dim: g.Dim, Data: last.data})
		}
		o.groups = append(o.groups, state)
	}
	for i := range o.workers {
		w := &o.workers[i]
		w.slots, w.gathered = make([][]float32, len(names)), make([][]float32, len(names)+1)
	}
	// Pieces share no element, so the result does not depend on which goroutine runs which piece.
	o.crew = crew.New(len(o.workers), func(w, i int) { o.workers[w].run(o, o.pieces[i]) })
	return o
}

// Update takes one step. It changes ps in place where g has a gradient, and nowhere else. It
// does not write g. lrFactor is the factor that the schedule gives. It panics if g and ps differ
// in shape. It does not allocate once the memory of its goroutines has grown.
func (o *Optimizer) Update(ps *nn.ParamSet, g *gradient.Gradient, lrFactor float64) {
	if o.averages >= 0 && o.average.begin() {
		o.rescaleAverages()
	}
	o.pieces = o.pieces[:0]
	for part, group := range o.partOf {
		if touched(g, part, ps.Groups[group]) {
			o.groups[group].steps++
			o.cut(part, ps.Groups[group], g)
		}
	}
	o.params, o.gradient, o.rate = ps, g, float64(o.config.LR*lrFactor)
	o.crew.Run(len(o.pieces))
	o.params, o.gradient = nil, nil
}

// rescaleAverages moves the slots of the average to a new block.
func (o *Optimizer) rescaleAverages() {
	factor := float32(power(o.average.Decay, o.average.length))
	for _, g := range o.groups {
		kernel.Scale(factor, g.slots[o.averages].data)
	}
}

// Mean sets dst to the mean of the parameters ps after the last Update. See Averaging.
func (o *Optimizer) Mean(dst, ps *nn.ParamSet) { o.config.Average.Mean(dst, ps, o.State()) }

// Sent returns the increments that the last Update added to the parameters that it changed. The
// values of parameters that it did not change have no meaning. Sent returns nil with F32.
func (o *Optimizer) Sent() *nn.ParamSet { return o.sent }

// groupsOf returns the group of each part of a gradient. It panics if a group has two parts.
func groupsOf(slots []gradient.Slot, groups int) []int {
	of, taken := make([]int, 0, groups), make([]bool, groups)
	if slots == nil {
		for i := range groups {
			of = append(of, i)
		}
		return of
	}
	for i, s := range slots {
		if s.Group >= groups || taken[s.Group] {
			panic(fmt.Sprintf("optim: part %d of the gradient is of group %d of %d, or the group has two parts",
				i, s.Group, groups))
		}
		of, taken[s.Group] = append(of, s.Group), true
	}
	return of
}

// trained returns the number of a group's numbers that updates may change: for a table, those of
// the rows that gradients have.
func (c Config) trained(group int, g *nn.Group) int {
	for _, s := range c.Shape.Slots {
		if s.Group == group && s.Table() {
			return s.Rows * s.Dim
		}
	}
	return len(g.Data)
}

// touched reports whether part i of g, which is of a group, has a gradient. It panics if that has
// another shape.
func touched(g *gradient.Gradient, i int, group *nn.Group) bool {
	if group.Dim > 0 {
		if i >= len(g.Rows) || len(g.Rows[i].IDs) == 0 {
			return false
		}
		rows := g.Rows[i]
		if len(rows.Data) != len(rows.IDs)*group.Dim {
			panic(fmt.Sprintf("optim: gradient of %s has %d numbers, want (%d, %d)",
				group.Name, len(rows.Data), len(rows.IDs), group.Dim))
		}
		if last := rows.IDs[len(rows.IDs)-1]; int(last) >= len(group.Data)/group.Dim {
			panic(fmt.Sprintf("optim: gradient of %s has row %d of %d", group.Name, last, len(group.Data)/group.Dim))
		}
		return true
	}
	if i >= len(g.Dense) || g.Dense[i] == nil {
		return false
	}
	if len(g.Dense[i]) != len(group.Data) {
		panic(fmt.Sprintf("optim: gradient of %s has %d numbers, want %d", group.Name, len(g.Dense[i]), len(group.Data)))
	}
	return true
}

// Steps returns the number of updates of a group.
func (o *Optimizer) Steps(group int) uint64 { return o.groups[group].steps }
