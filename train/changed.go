package train

import (
	"braid/gradient"
	"braid/nn"
)

// changes collects the changes of parameters that the fleet has not acknowledged.
type changes struct {
	now     Changed
	slots   []gradient.Slot // of gradients
	params  []gradient.Slot // of parameters
	dense   bool            // updates change all rows of a table that gradients can have
	offered bool            // pending was called since the last acknowledged
}

// newChanges returns changes of everything. shape is that of gradients, params that of parameters. delta holds
// the increments of the last update; nil if the job's precision is float32.
func newChanges(shape, params gradient.Shape, dense bool, delta *nn.ParamSet) *changes {
	groups := len(params.Slots)
	return &changes{slots: shape.Slots, params: params.Slots, dense: dense,
		now: Changed{All: true, Groups: make([]bool, groups), Rows: make([][]uint32, groups), Delta: delta}}
}

// pending returns the changes that the fleet has not acknowledged. acknowledged must be called after the fleet
// has applied them.
func (c *changes) pending() Changed {
	if c.offered && c.now.Delta != nil {
		c.now.All = true // the last call failed, and some workers may have added the increments
	}
	c.offered = true
	return c.now
}

// acknowledged clears the changes after the fleet has applied them.
func (c *changes) acknowledged() {
	c.offered, c.now.All = false, false
	clear(c.now.Groups)
	for i := range c.now.Rows {
		c.now.Rows[i] = c.now.Rows[i][:0]
	}
}

// all marks all parameters as changed.
func (c *changes) all() { c.now.All = true }

// updated marks the parameters that an update with g changed.
func (c *changes) updated(g *gradient.Gradient) {
	if c.now.Delta != nil && c.now.Any() {
		c.now.All = true // the increments of the update before this one are lost
	}
	for i, slot := range c.slots {
		rows := &c.now.Rows[slot.Group]
		switch {
		case g.Dense[i] != nil:
			c.now.Groups[slot.Group] = true
		case len(g.Rows[i].IDs) == 0:
		case !c.dense && len(*rows) == 0:
			*rows = append(*rows, g.Rows[i].IDs...)
		// Two updates without an acknowledgement are rare, so their rows are not merged.
		case slot.Rows == c.params[slot.Group].Rows:
			c.now.Groups[slot.Group] = true
		default: // the frozen rows have not changed
			*rows = allRows(*rows, slot.Rows)
		}
	}
}

// allRows returns the rows 0 to n-1 in dst's memory if that is large enough. A frozen row of a
// table comes after those of its slot.
func allRows(dst []uint32, n int) []uint32 {
	dst = dst[:0]
	for row := range n {
		dst = append(dst, uint32(row))
	}
	return dst
}
