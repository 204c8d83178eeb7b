package optim

import (
	"fmt"
	"slices"
)

// State is the memory of an Optimizer in a fixed order, for a checkpoint.
type State struct {
	Steps   []uint64 // by group
	Updates uint64   // with an average: calls of Update; otherwise 0
	Tensors []Tensor
}

// Tensor is one number for each parameter of a group.
type Tensor struct {
	Name string // "encoder.m"
	Data []float32
}

// State returns the memory of o. The tensors are o's own: copy them or write them out before the
// next Update.
func (o *Optimizer) State() State {
	s := State{Updates: o.average.updates}
	for _, g := range o.groups {
		s.Steps = append(s.Steps, g.steps)
		for _, slot := range g.slots {
			if slot.name == slotSent {
				continue // the next update does not read it
			}
			s.Tensors = append(s.Tensors, Tensor{g.name + "." + slot.name, slot.data})
		}
	}
	return s
}

// Restore copies a state into o. It checks all names and sizes first: on an error o is unchanged.
func (o *Optimizer) Restore(s State) error {
	own := o.State()
	if len(s.Steps) != len(own.Steps) || len(s.Tensors) != len(own.Tensors) {
		return fmt.Errorf("optimizer state has %d groups and %d tensors, want %d and %d: "+
			"it is of another model or optimizer kind", len(s.Steps), len(s.Tensors), len(own.Steps), len(own.Tensors))
	}
	for i, t := range s.Tensors {
		if t.Name != own.Tensors[i].Name || len(t.Data) != len(own.Tensors[i].Data) {
			return fmt.Errorf("optimizer state has tensor %s of %d numbers, want %s of %d: "+
				"it is of another model or optimizer kind", t.Name, len(t.Data), own.Tensors[i].Name, len(own.Tensors[i].Data))
		}
	}
	for i := range o.groups {
		o.groups[i].steps = s.Steps[i]
	}
	o.average.updates = s.Updates
	for i, t := range s.Tensors {
		copy(own.Tensors[i].Data, t.Data)
	}
	return nil
}

// Clone returns a copy that shares no memory with s.
func (s State) Clone() State {
	c := State{Steps: slices.Clone(s.Steps), Updates: s.Updates, Tensors: slices.Clone(s.Tensors)}
	for i := range c.Tensors {
		c.Tensors[i].Data = slices.Clone(c.Tensors[i].Data)
	}
	return c
}
