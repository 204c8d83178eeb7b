package nn

import (
	"cmp"
	"fmt"
	"slices"
)

// Param is a named tensor, row-major: a window of its Group's memory.
type Param struct {
	Name  string // as PyTorch's: weight_ih_l0
	Shape []int
	Data  []float32
}

// Group is the tensors that are updated together: a dense part of the encoder, a table, or a head.
type Group struct {
	Name   string  // unique in a model
	Params []Param // in fixed order, contiguous in Data
	Data   []float32
	Dim    int // > 0: a table (embedding) of one Param (rows, Dim), whose gradient is sparse
}

// ParamSet is all parameters of a model, group by group in a fixed order.
type ParamSet struct {
	Groups []*Group
}

// GroupSpec is the shape and the initial values of a Group.
type GroupSpec struct {
	Name  string
	Specs []Spec // of a table: one, of two dimensions
	Table bool

	// StartAs is the name from which the initial values derive; empty: Name. Groups of one StartAs, shape
	// and seed start with equal values.
	StartAs string

	// Row names a row of a table for its initial values: see Group.InitRows.
	Row func(row int) string

	// Given returns the initial values of a row of a table that does not start with random numbers;
	// nil for other rows. Given may be nil.
	Given func(row int) []float32

	// Frozen is the number of rows at the end of a table that training does not change.
	Frozen int
}

// Size is the number of elements.
func (s GroupSpec) Size() int { return Size(s.Specs) }

// New returns the group, all zero.
func (s GroupSpec) New() *Group {
	if s.Table {
		return NewTable(s.Name, s.Specs[0])
	}
	return NewGroup(s.Name, s.Specs)
}

// Start sets g, which New has returned, to the initial values of a seed.
func (s GroupSpec) Start(g *Group, seed uint64) {
	named := *g // the same memory
	named.Name = cmp.Or(s.StartAs, s.Name)
	if s.Table {
		named.InitRows(seed, s.Specs[0], s.Row, s.Given)
		return
	}
	named.Init(seed, s.Specs)
}

// Spec is the name, the shape and the initial values of a Param. A layer lists the Specs of its
// parameters in their order in memory, which is also the order of their gradients in Weights.
type Spec struct {
	Name  string
	Shape []int
	Init  Init
}

// Size is the number of elements.
func (s Spec) Size() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// Size is the number of elements of all specs.
func Size(specs []Spec) int {
	n := 0
	for _, s := range specs {
		n += s.Size()
	}
	return n
}

// Prefix returns the specs with a prefix before each name: "lstm." and the like.
func Prefix(prefix string, specs []Spec) []Spec {
	out := slices.Clone(specs)
	for i := range out {
		out[i].Name = prefix + out[i].Name
	}
	return out
}

// NewGroup returns a group of the given parameters, all zero; see Group.Init.
func NewGroup(name string, specs []Spec) *Group {
	g := &Group{Name: name, Data: make([]float32, Size(specs))}
	rest := g.Data
	for _, s := range specs {
		n := s.Size()
		g.Params = append(g.Params, Param{Name: s.Name, Shape: slices.Clone(s.Shape), Data: rest[:n:n]})
		rest = rest[n:]
	}
	return g
}

// NewTable returns a group of one table, all zero.
func NewTable(name string, spec Spec) *Group {
	if len(spec.Shape) != 2 {
		panic(fmt.Sprintf("nn: table %s has shape %v, want two dimensions", name, spec.Shape))
	}
	g := NewGroup(name, []Spec{spec})
	g.Dim = spec.Shape[1]
	return g
}

// Clone returns a copy that shares no memory.
func (g *Group) Clone() *Group {
	c := &Group{Name: g.Name, Data: slices.Clone(g.Data), Dim: g.Dim}
	at := 0
	for _, p := range g.Params {
		end := at + len(p.Data)
		c.Params = append(c.Params, Param{Name: p.Name, Shape: slices.Clone(p.Shape), Data: c.Data[at:end:end]})
		at = end
	}
	return c
}

// Param returns the named parameter, or nil.
func (g *Group) Param(name string) *Param {
	for i := range g.Params {
		if g.Params[i].Name == name {
			return &g.Params[i]
		}
	}
	return nil
}

// Clone returns a copy that shares no memory.
func (ps *ParamSet) Clone() *ParamSet {
	c := &ParamSet{Groups: make([]*Group, len(ps.Groups))}
	for i, g := range ps.Groups {
		c.Groups[i] = g.Clone()
	}
	return c
}

// CopyFrom copies the values of other, which has the same groups, into ps.
// Panics if the sizes differ.
func (ps *ParamSet) CopyFrom(other *ParamSet) {
	if len(ps.Groups) != len(other.Groups) {
		panic(fmt.Sprintf("nn: copy of %d groups into %d", len(other.Groups), len(ps.Groups)))
	}
	for i, g := range ps.Groups {
		mustBe("copied group "+g.Name, other.Groups[i].Data, 1, len(g.Data))
		copy(g.Data, other.Groups[i].Data)
	}
}

// Len is the number of elements of all groups.
func (ps *ParamSet) Len() int {
	n := 0
	for _, g := range ps.Groups {
		n += len(g.Data)
	}
	return n
}
