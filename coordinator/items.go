package coordinator

import (
	"slices"

	"braid/coordinator/stream"
	"braid/gradient"
	"braid/nn"
	"braid/train"
)

// blockNumbers is the size of an item of parameters in a group that is not a table. An item of a table is a row.
const blockNumbers = 4096

// sectionBytes is the head of a section of a chunk, see package gradient; itemSlack is left for
// those of the groups of one chunk.
const (
	sectionBytes = 13
	itemSlack    = 1024
)

// itemGroups returns the number and size of the items of a model's groups.
func itemGroups(s gradient.Shape) []stream.Group {
	groups := make([]stream.Group, len(s.Slots))
	for i, slot := range s.Slots {
		if slot.Table() {
			groups[i] = stream.Group{Items: slot.Rows, Bytes: 4 + 4*slot.Dim, Delta: 4 + 2*slot.Dim}
			continue
		}
		groups[i] = stream.Group{Items: (slot.Numbers + blockNumbers - 1) / blockNumbers,
			Bytes: sectionBytes + 4*blockNumbers, Delta: sectionBytes + 2*blockNumbers}
	}
	return groups
}

// changedItems lists the items that have changed, ascending; nil if all have.
func changedItems(m *stream.Machine, ps *nn.ParamSet, c train.Changed) (items []uint32) {
	if c.All {
		return nil
	}
	for i, g := range ps.Groups {
		first, end := m.First(i), m.First(i+1)
		switch {
		case c.Groups[i]:
			items = slices.Grow(items, int(end-first))
			for item := first; item < end; item++ {
				items = append(items, item)
			}
		case g.Dim > 0:
			for _, row := range c.Rows[i] {
				items = append(items, first+row)
			}
		}
	}
	return items
}

// writeItems writes items, ascending; ids is memory, which it returns.
func writeItems(w *gradient.Writer, m *stream.Machine, ps *nn.ParamSet, items, ids []uint32) []uint32 {
	for i, g := range ps.Groups {
		first := m.First(i)
		end, _ := slices.BinarySearch(items, m.First(i+1))
		part := items[:end]
		items = items[end:]
		if g.Dim > 0 {
			ids = ids[:0]
			for _, item := range part {
				ids = append(ids, item-first)
			}
			w.RowsOf(i, g.Dim, ids, g.Data)
			continue
		}
		for len(part) > 0 {
			n := 1
			for n < len(part) && part[n] == part[n-1]+1 {
				n++
			}
			lo := int(part[0]-first) * blockNumbers
			w.Dense(i, lo, g.Data[lo:min(lo+n*blockNumbers, len(g.Data))])
			part = part[n:]
		}
	}
	return ids
}
