package optim

import (
	"fmt"
	"slices"

	"braid/gradient"
	"braid/internal/crew"
	"braid/nn"
)

// Config is an update rule and its numbers. Zero is a value: nothing here has a default
// (job fills those in).
type Config struct {
	Kind        string  // sgd, adam, adamw, rmsprop, adagrad
	LR          float64 // learning rate, before the schedule's factor
	Momentum    float64 // sgd, rmsprop; 0: off
	Nesterov    bool    // sgd
	Beta1       float64 // adam, adamw: memory of the mean, below 1
	Beta2       float64 // adam, adamw: memory of the square, below 1
	Eps         float64 // all but sgd: what a quotient's denominator is at least
	Alpha       float64 // rmsprop: memory of the square, below 1
	WeightDecay float64 // adamw: decoupled; otherwise added to the gradient; 0: off
	Dense       bool    // tables: untouched rows are updated too, with gradient 0
	Threads     int     // goroutines; same bits whatever their number; below 1: one

	// Precision of what an update adds to parameters. What rounding to BF16 takes from it is
	// remembered and comes with the next: small steps add up (error feedback, Seide et al. 2014).
	Precision gradient.Precision
}

// Chain returns the update rule as its words. Panics on an unknown kind: job refuses it first.
func (c Config) Chain() []Transform {
	var chain []Transform
	if c.WeightDecay != 0 && c.Kind != "adamw" {
		chain = append(chain, Decay{c.WeightDecay})
	}
	switch c.Kind {
	case "sgd":
	case "adam":
		chain = append(chain, Adam{c.Beta1, c.Beta2, c.Eps})
	case "adamw":
		chain = append(chain, Shrink{c.WeightDecay}, Adam{c.Beta1, c.Beta2, c.Eps})
	case "rmsprop":
		chain = append(chain, RMSprop{c.Alpha, c.Eps})
	case "adagrad":
		chain = append(chain, Adagrad{c.Eps})
	default:
		panic(fmt.Sprintf("optim: unknown kind %q", c.Kind))
	}
	if c.Momentum != 0 && (c.Kind == "sgd" || c.Kind == "rmsprop") {
		chain = append(chain, Momentum{c.Momentum, c.Nesterov && c.Kind == "sgd"})
	}
	return append(chain, Descend{})
}

// Optimizer is an update rule with what it remembers of every parameter.
type Optimizer struct {
	config Config
	chain  []Transform
	slots  []int // by transform
	groups []groupState

	added     *nn.ParamSet // the slots of that name; nil with F32
	readsOnly bool         // the chain leaves Slice.Update as it is
	pieces    []piece
	workers   []worker // by goroutine
	crew      *crew.Crew

	// The update under way.
	params   *nn.ParamSet
	gradient *gradient.Gradient
	rate     float64
}

// groupState is what is remembered of one group.
type groupState struct {
	name  string
	steps uint64
	slots []slot // of the chain's transforms, in order, then those of rounding
}

type slot struct {
	name string
	data []float32 // as long as the group's Data
}

// New returns an optimizer for the groups of ps with everything it remembers at 0.
// Memory: as many numbers as the chain has slots for each parameter (2 for Adam), two more with BF16.
func New(c Config, ps *nn.ParamSet) *Optimizer {
	return newWithChain(c, ps, fuse(c))
}

func newWithChain(c Config, ps *nn.ParamSet, chain []Transform) *Optimizer {
	o := &Optimizer{config: c, chain: chain, workers: make([]worker, max(c.Threads, 1))}
	var names []string
	for _, t := range chain {
		o.slots = append(o.slots, len(t.Slots()))
		names = append(names, t.Slots()...)
	}
	if c.Precision == gradient.BF16 {
		names = append(names, slotRest, slotAdded)
		o.added = &nn.ParamSet{}
	}
	_, o.readsOnly = chain[0].(FusedAdam)
	for _, g := range ps.Groups {
		state := groupState{name: g.Name}
		for _, name := range names {
			state.slots = append(state.slots, slot{name, make([]float32, len(g.Data))})
		}
		if o.added != nil {
			o.added.Groups = append(o.added.Groups, &nn.Group{Name: g.Name, Dim: g.Dim, Data: state.slots[len(state.slots)-1].data})
		}
		o.groups = append(o.groups, state)
	}
	for i := range o.workers {
		w := &o.workers[i]
		w.slots, w.gathered = make([][]float32, len(names)), make([][]float32, len(names)+1)
	}
	// Pieces share no element, so whoever takes one decides no bits.
	o.crew = crew.New(len(o.workers), func(w, i int) { o.workers[w].run(o, o.pieces[i]) })
	return o
}

// Update takes one step: ps changes in place where g has a gradient, and nowhere else.
// g is read only. lrFactor is the schedule's. Panics if g and ps differ in shape.
// Allocates nothing once the memory of its goroutines has grown.
func (o *Optimizer) Update(ps *nn.ParamSet, g *gradient.Gradient, lrFactor float64) {
	o.pieces = o.pieces[:0]
	for i, group := range ps.Groups {
		if touched(g, i, group) {
			o.groups[i].steps++
			o.cut(i, group, g)
		}
	}
	o.params, o.gradient, o.rate = ps, g, float64(o.config.LR*lrFactor)
	o.crew.Run(len(o.pieces))
	o.params, o.gradient = nil, nil
}

// Added holds what the last update added to the parameters that it changed, and nothing of
// use in place of the others; nil with F32.
func (o *Optimizer) Added() *nn.ParamSet { return o.added }

// touched says whether group i has a gradient, and checks its shape.
func touched(g *gradient.Gradient, i int, group *nn.Group) bool {
	if group.Dim > 0 {
		if i >= len(g.Rows) || len(g.Rows[i].IDs) == 0 {
			return false
		}
		rows := g.Rows[i]
		if len(rows.Data) != len(rows.IDs)*group.Dim {
			panic(fmt.Sprintf("optim: gradient of %s has %d numbers, want (%d, %d)", group.Name, len(rows.Data), len(rows.IDs), group.Dim))
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

// Steps returns how many steps have updated a group.
func (o *Optimizer) Steps(group int) uint64 { return o.groups[group].steps }

// State is what an Optimizer remembers, in a fixed order, for a checkpoint.
type State struct {
	Steps   []uint64 // by group
	Tensors []Tensor
}

// Tensor is one remembered number for each parameter of a group.
type Tensor struct {
	Name string // "encoder.m"
	Data []float32
}

// State returns what o remembers. The tensors are o's own memory: copy or write them out
// before the next Update.
func (o *Optimizer) State() State {
	var s State
	for _, g := range o.groups {
		s.Steps = append(s.Steps, g.steps)
		for _, slot := range g.slots {
			if slot.name == slotAdded {
				continue // the next update does not look at it
			}
			s.Tensors = append(s.Tensors, Tensor{g.name + "." + slot.name, slot.data})
		}
	}
	return s
}

// Restore copies a state into o; everything is checked first, and on an error o is as it was.
func (o *Optimizer) Restore(s State) error {
	own := o.State()
	if len(s.Steps) != len(own.Steps) || len(s.Tensors) != len(own.Tensors) {
		return fmt.Errorf("optimizer state has %d groups and %d tensors, want %d and %d: it is of another model or optimizer kind",
			len(s.Steps), len(s.Tensors), len(own.Steps), len(own.Tensors))
	}
	for i, t := range s.Tensors {
		if t.Name != own.Tensors[i].Name || len(t.Data) != len(own.Tensors[i].Data) {
			return fmt.Errorf("optimizer state has tensor %s of %d numbers, want %s of %d: it is of another model or optimizer kind",
				t.Name, len(t.Data), own.Tensors[i].Name, len(own.Tensors[i].Data))
		}
	}
	for i := range o.groups {
		o.groups[i].steps = s.Steps[i]
	}
	for i, t := range s.Tensors {
		copy(own.Tensors[i].Data, t.Data)
	}
	return nil
}

// Clone returns the state in memory of its own.
func (s State) Clone() State {
	c := State{Steps: slices.Clone(s.Steps), Tensors: slices.Clone(s.Tensors)}
	for i := range c.Tensors {
		c.Tensors[i].Data = slices.Clone(c.Tensors[i].Data)
	}
	return c
}
