package gradient

import "braid/internal/kernel"

// Combine adds the gradients of tasks: it makes g[0] the sum of g, in which the numbers of ranges are multiplied by
// factors, one for each gradient. Numbers outside ranges, and the losses, are added as they are. Of a table slot, a
// range must be all rows. The order of the sums is that of g. A number that only one gradient has is moved, not copied:
// the slots of the other gradients lose it, and nothing of them but g[0] may be read afterwards.
func Combine(g []*Gradient, factors []float64, ranges []Range) {
	for t := range g {
		for _, r := range ranges {
			g[t].ScaleRange(r, float32(factors[t]))
		}
	}
	Sum(g)
}

// Sum makes g[0] the sum of g, as Combine without ranges.
func Sum(g []*Gradient) {
	sum := g[0]
	for _, next := range g[1:] {
		for slot, d := range next.Dense {
			switch {
			case d == nil:
			case sum.Dense[slot] == nil:
				sum.Dense[slot], next.Dense[slot] = d, nil
			default:
				kernel.AddTo(sum.Dense[slot], d)
			}
			if rows := &next.Rows[slot]; len(sum.Rows[slot].IDs) == 0 {
				sum.Rows[slot], *rows = *rows, sum.Rows[slot]
			} else {
				sum.Rows[slot].merge(rows)
			}
		}
		for t, l := range next.Loss {
			sum.Loss[t].Sum += l.Sum
			sum.Loss[t].Weight += l.Weight
		}
	}
}

// ScaleRange multiplies the numbers of a range by a factor. Of a table slot, the range must be all rows.
func (g *Gradient) ScaleRange(r Range, factor float32) {
	if factor == 1 {
		return
	}
	if d := g.Dense[r.Slot]; d != nil {
		kernel.Scale(factor, d[r.Lo:r.Hi])
		return
	}
	kernel.Scale(factor, g.Rows[r.Slot].Data)
}
