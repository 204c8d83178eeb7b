package model

import (
	"fmt"
	"slices"

	"braid/nn"
	"braid/task"
)

// carried is a parameter of the initial model and the parameter that starts with its values.
type carried struct {
	group, param int // of the architecture
	from         nn.Param
	names, old   nn.Axes
}

// carries lists the parameters that start with values of the initial model.
func (a *Architecture) carries() (all []carried) {
	if a.Initial == nil {
		return nil
	}
	for i, g := range a.groups {
		at, was := a.Initial.group(g)
		if was == nil {
			continue
		}
		var names, old []nn.Axes
		switch {
		case g.Table:
			names, old = []nn.Axes{rowNames(g)}, []nn.Axes{rowNames(a.Initial.groups[at])}
		case i >= a.first:
			var ok bool
			if names, old, ok = axesOf(a.heads[i-a.first], a.Initial.heads[at-a.Initial.first]); !ok {
				continue
			}
		}
		for k, s := range g.Specs {
			p := was.Param(s.Name)
			if p == nil {
				continue
			}
			c := carried{group: i, param: k, from: *p}
			if names != nil {
				c.names, c.old = names[k], old[slices.IndexFunc(a.Initial.groups[at].Specs,
					func(o nn.Spec) bool { return o.Name == s.Name })]
			}
			all = append(all, c)
		}
	}
	return all
}

// group returns the group of a bundle from which a group of another model starts: that of its name, or of the name
// whose initial values it has. It returns nil if there is none.
func (b *Bundle) group(g nn.GroupSpec) (at int, of *nn.Group) {
	for _, name := range []string{g.Name, g.StartAs} {
		for i, own := range b.groups {
			if own.Name == name && own.Table == g.Table {
				return i, b.Params.Groups[i]
			}
		}
	}
	return -1, nil
}

// rowNames returns the axes of a table.
func rowNames(g nn.GroupSpec) nn.Axes {
	names := make([]string, g.Specs[0].Shape[0])
	for row := range names {
		names[row] = g.Row(row)
	}
	return nn.Axes{names, nil}
}

// axesOf returns the axes of two heads of one task. ok is false if the values of one mean nothing to the other.
func axesOf(head, was *task.Head) (names, old []nn.Axes, ok bool) {
	names, own := head.Axes()
	old, other := was.Axes()
	return names, old, own && other || slices.Equal(head.Classes(), was.Classes())
}

// takeOver sets parameters to the values of the initial model.
func (a *Architecture) takeOver(ps *nn.ParamSet) {
	for _, c := range a.carries() {
		nn.Carry(ps.Groups[c.group].Params[c.param], c.from, c.names, c.old)
	}
}

// checkInitial returns an error if a parameter has another shape in the initial model, or a task another kind.
func (a *Architecture) checkInitial() error {
	if a.Initial == nil {
		return nil
	}
	j := a.Job
	for t, now := range j.Tasks {
		for _, was := range a.Initial.Job.Tasks {
			if was.Name == now.Name && was.Kind != now.Kind {
				return j.Errorf(fmt.Sprintf("tasks[%d].kind", t), "give the task another name", "task %s is a %s, and in the "+
					"model of init.from a %s", now.Name, now.Kind, was.Kind)
			}
		}
	}
	for _, c := range a.carries() {
		g := a.groups[c.group]
		if s := g.Specs[c.param]; !nn.CanCarry(s.Shape, c.from.Shape, c.names, c.old) {
			return j.Errorf("init.from", "give the encoder and the task the settings of the model, or rename the task",
				"%s.%s has the shape %v, and in the model %v", g.Name, s.Name, s.Shape, c.from.Shape)
		}
	}
	return nil
}

// Inherited counts the parts of a group of parameters that start with values of the initial model.
type Inherited struct {
	Name                string // of the group
	Unit                string // tensor, row of a table, or label of a head
	Taken, New, Dropped int
	Frozen              bool
}

// Inheritance lists the groups of the architecture, then those of the initial model that the architecture lacks. It
// returns nil if there is no initial model.
func (a *Architecture) Inheritance() (all []Inherited) {
	if a.Initial == nil {
		return nil
	}
	taken := map[int][]carried{}
	for _, c := range a.carries() {
		taken[c.group] = append(taken[c.group], c)
	}
	used := map[string]bool{}
	for i, g := range a.groups {
		h := Inherited{Name: g.Name, Unit: "tensor", Frozen: a.Job.IsFrozen(g.Name)}
		at, was := a.Initial.group(g)
		names, old := a.Names(i), []string(nil)
		if was != nil {
			old = a.Initial.Names(at)
		}
		switch {
		case was == nil:
			h.New = len(names)
			if names == nil {
				h.New = len(g.Specs)
			}
		case names == nil:
			h.Taken = len(taken[i])
			h.New, h.Dropped = len(g.Specs)-h.Taken, len(a.Initial.groups[at].Specs)-h.Taken
		default:
			h.count(names, old, len(taken[i]) > 0)
		}
		if names != nil {
			h.Unit = map[bool]string{true: "row", false: "label"}[g.Table]
		}
		if was != nil {
			used[was.Name] = true
		}
		all = append(all, h)
	}
	for i, g := range a.Initial.groups {
		if !used[g.Name] {
			all = append(all, Inherited{Name: g.Name, Unit: "tensor", Dropped: len(a.Initial.groups[i].Specs)})
		}
	}
	return all
}

// Names lists the rows of a table, or the labels of a head; nil for other groups.
func (a *Architecture) Names(group int) []string {
	switch g := a.groups[group]; {
	case g.Table:
		return rowNames(g)[0]
	case group >= a.first:
		return a.heads[group-a.first].Classes()
	}
	return nil
}

// count compares two lists of names.
func (h *Inherited) count(names, old []string, carried bool) {
	if carried {
		for _, k := range nn.Match(len(names), names, old) {
			if k >= 0 {
				h.Taken++
			}
		}
	}
	h.New, h.Dropped = len(names)-h.Taken, len(old)-h.Taken
}
