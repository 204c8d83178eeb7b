package train

import (
	"braid/gradient"
	"braid/nn"
)

// changes gathers what has changed since the fleet was last told.
type changes struct {
	now   Changed
	slots []gradient.Slot // of gradients
	dense bool            // tables are updated whole
	asked bool            // told was, and ok not yet
}

// newChanges starts with everything; by is where updates leave what they add, if they do.
func newChanges(shape gradient.Shape, groups int, dense bool, by *nn.ParamSet) *changes {
	return &changes{slots: shape.Slots, now: Changed{All: true, Groups: make([]bool, groups), Rows: make([][]uint32, groups), By: by}, dense: dense}
}

// told returns what to tell the fleet; what it learned is forgotten by ok.
func (c *changes) told() Changed {
	if c.asked && c.now.By != nil {
		c.now.All = true // the call before failed, and may have added it
	}
	c.asked = true
	return c.now
}

// ok notes that a call with told() has succeeded.
func (c *changes) ok() {
	c.asked, c.now.All = false, false
	clear(c.now.Groups)
	for i := range c.now.Rows {
		c.now.Rows[i] = c.now.Rows[i][:0]
	}
}

// all notes that everything has changed.
func (c *changes) all() { c.now.All = true }

// updated notes what an update with g has changed.
func (c *changes) updated(g *gradient.Gradient) {
	if c.now.By != nil && c.now.Any() {
		c.now.All = true // only what the second of two updates added is known
	}
	for i, slot := range c.slots {
		rows := &c.now.Rows[slot.Group]
		switch {
		case g.Dense[i] != nil:
			c.now.Groups[slot.Group] = true
		case len(g.Rows[i].IDs) == 0:
		case c.dense || len(*rows) > 0:
			// A second update before anything was told: rows would need merging, and the loop
			// never does it.
			c.now.Groups[slot.Group] = true
		default:
			*rows = append(*rows, g.Rows[i].IDs...)
		}
	}
}
