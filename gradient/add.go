package gradient

import (
	"fmt"

	"braid/internal/kernel"
)

// Precision is that of the numbers that travel: a node's are rounded after each sum,
// parameters after each update.
type Precision uint8

const (
	F32  Precision = iota
	BF16           // rounded to bfloat16, to nearest even: half the bytes, the same bits whatever the fleet
)

// ParsePrecision reads a job's training.precision.
func ParsePrecision(s string) Precision {
	if s == "bf16" {
		return BF16
	}
	return F32
}

// Bytes is how many a number takes on its way.
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

// Add makes g the parent of its left child g and the right child: g + right, in float32,
// then rounded to p. The right child is not changed, nor kept.
func (g *Gradient) Add(right *Gradient, p Precision) { g.AddRest(right, -1, p) }

// AddRest is Add for all groups but one, which it does not touch.
func (g *Gradient) AddRest(right *Gradient, but int, p Precision) {
	if len(g.Dense) != len(right.Dense) || len(g.Loss) != len(right.Loss) {
		panic(fmt.Sprintf("gradient: adding %d groups and %d tasks to %d and %d", len(right.Dense), len(right.Loss), len(g.Dense), len(g.Loss)))
	}
	for i := range right.Dense {
		if i == but {
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
		g.Loss[i].Norm += r.Norm
	}
}

// Round rounds every number to p. Leaves are rounded too, so that a node's bits do not
// depend on where it was sent from.
func (g *Gradient) Round(p Precision) {
	for i := range g.Dense {
		g.round(i, p)
	}
}

func (g *Gradient) round(group int, p Precision) {
	p.Round(g.Dense[group])
	p.Round(g.Rows[group].Data)
}

// merge adds the rows of b, from the back so that no second buffer is needed.
func (a *Rows) merge(b *Rows) {
	if len(b.IDs) == 0 {
		return
	}
	a.Dim = b.Dim
	extra := 0 // rows of b that a has not
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

// grown returns s with length n, its contents kept.
func grown[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	t := make([]T, n, n+n/16)
	copy(t, s)
	return t
}
