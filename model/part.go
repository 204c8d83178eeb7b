package model

import (
	"slices"

	"braid/gradient"
)

// setTrains fills a.trains.
func (a *Architecture) setTrains() {
	for slot := range a.groups {
		by, frozen := make([]bool, len(a.heads)), a.Job.IsFrozen(a.groups[slot].Name)
		for t := range by {
			by[t] = !frozen && (slot == a.head(t) || slot < a.first && a.encoder.Trains(t, slot))
		}
		a.trains = append(a.trains, by)
	}
}

// trainedBy reports whether the losses of some tasks have a gradient in a slot.
func (a *Architecture) trainedBy(slot int, tasks []int) bool {
	for _, t := range tasks {
		if a.trains[slot][t] {
			return true
		}
	}
	return false
}

// Owners of a slot that are not one task.
const (
	Shared = -1 // the losses of several tasks train it
	Nobody = -2 // it is frozen
)

// Owner returns the only task whose loss trains a slot, or Shared, or Nobody.
func (a *Architecture) Owner(slot int) int {
	owner := slices.Index(a.trains[slot], true)
	switch {
	case owner < 0:
		return Nobody
	case slices.Contains(a.trains[slot][owner+1:], true):
		return Shared
	}
	return owner
}

// SharedRanges returns the parts of a gradient that the losses of several tasks train, or of the only task: the
// ranges of dense slots, and the rows of tables.
func (a *Architecture) SharedRanges() (dense, tables []gradient.Range) {
	shared := func(slot int) bool {
		owner := a.Owner(slot)
		return owner == Shared || owner == 0 && len(a.heads) == 1
	}
	for _, r := range a.ranges {
		if shared(r.Slot) {
			dense = append(dense, r)
		}
	}
	for i, slot := range a.shape.Slots[:a.first] {
		if slot.Table() && shared(i) {
			tables = append(tables, gradient.Range{Slot: i, Hi: slot.Rows})
		}
	}
	return dense, tables
}

// Part is a group of parameters and the tasks whose losses train it.
type Part struct {
	Name       string
	Parameters int
	Tasks      []string
}

// Parts lists the groups of parameters.
func (a *Architecture) Parts() []Part {
	parts := make([]Part, len(a.groups))
	for i, g := range a.groups {
		parts[i] = Part{Name: g.Name, Parameters: g.Size()}
		for t, trains := range a.trains[i] {
			if trains {
				parts[i].Tasks = append(parts[i].Tasks, a.Job.Tasks[t].Name)
			}
		}
	}
	return parts
}
