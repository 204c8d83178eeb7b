package gradient

import (
	"slices"

	"braid/internal/kernel"
)

// gramNumbers is the number of elements of a gradient that a block of Gram covers: 64 gradients of a block are as
// large as a second-level cache of 1 MiB.
const gramNumbers = 4 << 10

// Gram adds to out the inner products of gradients over parts of them:
//
//	out[i*T+j] += Σ g[i][n]·g[j][n]    over the numbers n of ranges, for T gradients
//
// out is (T, T), row by row. Products and sums are in float64; the order of the sums is fixed: by ranges, by blocks of
// 4,096 numbers, or row by row in a table. Of a table slot, Lo and Hi of a range count rows. A slot without a gradient
// counts as 0. Gram allocates nothing.
func Gram(out []float64, g []*Gradient, ranges []Range) {
	for _, r := range ranges {
		for lo := r.Lo; lo < r.Hi; lo += gramNumbers {
			block := Range{r.Slot, lo, min(lo+gramNumbers, r.Hi)}
			for i := range g {
				for j := i; j < len(g); j++ {
					product := inner(g[i], g[j], block)
					out[i*len(g)+j] += product
					if i != j {
						out[j*len(g)+i] += product
					}
				}
			}
		}
	}
}

// inner returns the inner product of two gradients over numbers of a dense slot or rows of a table.
func inner(a, b *Gradient, r Range) float64 {
	if x, y := a.Dense[r.Slot], b.Dense[r.Slot]; x != nil && y != nil {
		return kernel.Dot(x[r.Lo:r.Hi], y[r.Lo:r.Hi])
	}
	return a.Rows[r.Slot].inner(&b.Rows[r.Slot], r.Lo, r.Hi)
}

// inner returns the inner product of rows lo to hi-1 of two gradients of a table.
func (a *Rows) inner(b *Rows, lo, hi int) (sum float64) {
	i, j := a.find(lo), b.find(lo)
	for i < len(a.IDs) && j < len(b.IDs) && int(a.IDs[i]) < hi && int(b.IDs[j]) < hi {
		switch {
		case a.IDs[i] < b.IDs[j]:
			i++
		case a.IDs[i] > b.IDs[j]:
			j++
		default:
			sum += kernel.Dot(a.row(i), b.row(j))
			i, j = i+1, j+1
		}
	}
	return sum
}

// find returns the index of the first row whose id is at least the given one.
func (a *Rows) find(id int) int {
	i, _ := slices.BinarySearch(a.IDs, uint32(id))
	return i
}

// row returns the numbers of the i-th row.
func (a *Rows) row(i int) []float32 { return a.Data[i*a.Dim : (i+1)*a.Dim] }
