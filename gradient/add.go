package gradient

import (
	"fmt"

	"braid/internal/kernel"
)

// Precision is the precision of numbers that travel. The numbers of a node are rounded after
// each sum, increments of parameters after each update.
type Precision uint8

const (
	F32  Precision = iota
	BF16           // rounded to bfloat16, to nearest even: half the bytes, the same bits whatever the fleet
)

// ParsePrecision reads a job's training.precision: BF16 for "bf16", F32 for anything else.
func ParsePrecision(s string) Precision {
	if s == "bf16" {
		return BF16
	}
	return F32
}

// Bytes is the size of a number in a message.
func (p Precision) Bytes() int {
	if p == BF16 {
		return 2
	}
	return 4
}

// Round rounds numbers to p.
func (p Precision) Round(x []float32) {
	if p == BF16 {
		kernel.RoundBF16(x)
	}
}

// Add adds numbers of a right child to those of a left one as Gradient.Add does: in float32, and
// then rounded to p.
func (p Precision) Add(sum, right []float32) {
	kernel.AddTo(sum, right)
	p.Round(sum)
}

// Add makes g the parent of its left child g and the right child: g + right in float32, rounded
// to p. It does not change or keep the right child.
func (g *Gradient) Add(right *Gradient, p Precision) { g.AddExcept(right, nil, p) }

// AddExcept is Add without the slots that except marks. If except is nil, it marks none.
func (g *Gradient) AddExcept(right *Gradient, except []bool, p Precision) {
	if len(g.Dense) != len(right.Dense) || len(g.Loss) != len(right.Loss) {
		panic(fmt.Sprintf("gradient: adding %d slots and %d tasks to %d and %d",
			len(right.Dense), len(right.Loss), len(g.Dense), len(g.Loss)))
	}
	for i := range right.Dense {
		if except != nil && except[i] {
			continue
		}
		switch r := right.Dense[i]; {
		case r == nil:
		case g.Dense[i] == nil:
			g.Dense[i] = append([]float32(nil), r...)
		default:
			kernel.AddTo(g.Dense[i], r)
		}
		g.Rows[i].merge(&right.Rows[i])
		g.round(i, p)
	}
	for i, r := range right.Loss {
		g.Loss[i].Sum += r.Sum
		g.Loss[i].Weight += r.Weight
	}
}

// Round rounds every number to p. Leaves are rounded, too: a node has the same bits whether it is
// summed where its leaves are computed or elsewhere.
func (g *Gradient) Round(p Precision) {
	for i := range g.Dense {
		g.round(i, p)
	}
}

func (g *Gradient) round(slot int, p Precision) {
	p.Round(g.Dense[slot])
	p.Round(g.Rows[slot].Data)
}

// merge adds the rows of b. It works from the back, so that no second buffer is needed.
func (a *Rows) merge(b *Rows) {
	if len(b.IDs) == 0 {
		return
	}
	a.Dim = b.Dim
	extra := 0 // rows that only b has
	for i, j := 0, 0; j < len(b.IDs); {
		switch {
		case i == len(a.IDs) || b.IDs[j] < a.IDs[i]:
			extra++
			j++
		case b.IDs[j] == a.IDs[i]:
			i++
			j++
		default:
			i++
		}
	}
	n, dim := len(a.IDs), a.Dim
	a.IDs = grown(a.IDs, n+extra)
	a.Data = grown(a.Data, (n+extra)*dim)
	row := func(d []float32, i int) []float32 { return d[i*dim : (i+1)*dim] }
	i, j := n-1, len(b.IDs)-1
	for k := n + extra - 1; j >= 0; k-- {
		switch {
		case i >= 0 && a.IDs[i] > b.IDs[j]:
			a.IDs[k] = a.IDs[i]
			copy(row(a.Data, k), row(a.Data, i))
			i--
		case i >= 0 && a.IDs[i] == b.IDs[j]:
			a.IDs[k] = a.IDs[i]
			copy(row(a.Data, k), row(a.Data, i))
			kernel.AddTo(row(a.Data, k), row(b.Data, j))
			i--
			j--
		default:
			a.IDs[k] = b.IDs[j]
			copy(row(a.Data, k), row(b.Data, j))
			j--
		}
	}
}

// grown returns s with length n and keeps the contents.
func grown[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	t := make([]T, n, n+n/16)
	copy(t, s)
	return t
}
