package coordinator

import (
	"braid/gradient"
	"braid/nn"
	"braid/train"
)

// writeAll writes parameters that need no base.
func writeAll(w *gradient.Writer, ps *nn.ParamSet) {
	for i, g := range ps.Groups {
		if g.Dim == 0 {
			w.Dense(i, 0, g.Data)
			continue
		}
		writeTable(w, i, g)
	}
}

// writeTable writes all rows of a table.
func writeTable(w *gradient.Writer, group int, g *nn.Group) {
	ids := make([]uint32, len(g.Data)/g.Dim)
	for id := range ids {
		ids[id] = uint32(id)
	}
	w.RowsOf(group, g.Dim, ids, g.Data)
}

// writeChanged writes what changed, or by how much.
func writeChanged(w *gradient.Writer, ps *nn.ParamSet, c train.Changed) {
	if c.By != nil {
		ps = c.By
	}
	for i, g := range ps.Groups {
		switch {
		case g.Dim > 0 && len(c.Rows[i]) > 0 && !c.Groups[i]:
			w.RowsOf(i, g.Dim, c.Rows[i], g.Data)
		case !c.Groups[i]:
		case g.Dim == 0:
			w.Dense(i, 0, g.Data)
		default:
			writeTable(w, i, g)
		}
	}
}
