package kernel

import "iter"

// tile is an assembly function that multiplies blocks × r rows of A by B, where
// r is the tile's index in its tileSet. mask has a -1 for each column to compute.
type tile func(blocks, k int, a *float32, lda int, b, c *float32, ldc int, mask *int32, accumulate bool)

// tiles are the products of one form.
type tiles struct {
	rows, cols int // largest size of a tile
	wide       tileSet
	narrow     tileSet // tiles of cols/2 columns; empty if the form has none
	packA      func(dst, a *float32, lda int, rows *int32, k, mr, blocks int, mask *int32)
}

// tileSet holds the tiles of one width, indexed by their number of rows.
type tileSet struct {
	plain  []tile // read A by rows
	packed []tile // read A in the layout of packA
}

// of returns the tiles for w remaining columns.
func (t *tiles) of(w int) *tileSet {
	if w <= t.cols/2 && t.narrow.plain != nil {
		return &t.narrow
	}
	return &t.wide
}

// masks holds the mask of w columns at index panel - w.
var masks = func() (m [2 * panel]int32) {
	for i := range panel {
		m[i] = -1
	}
	return
}()

// Blocking. A block of one panel of B has blockK rows of 128 bytes and stays in
// the first-level cache while it is multiplied by rows of A. A block of A has
// blockA elements and stays in the second-level cache while all panels of B are
// read.
const (
	blockK = 256
	blockA = 64 << 10
)

func (t *tiles) matMul(c []float32, ldc int, a []float32, lda, m int, b *Packed, accumulate bool) {
	if b.K == 0 && !accumulate {
		zero(c, ldc, m, b.N)
	}
	high := max(blockA/max(b.K, 1)/t.rows, 2) * t.rows
	for i := 0; i < m && b.K > 0; i += high {
		t.block(c[i*ldc:], ldc, a[i*lda:], lda, cutRows(min(high, m-i), t.rows), b, accumulate)
	}
}

func (t *tiles) matMulRowsT(
	c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, s *Scratch,
) {
	if b.K == 0 && !accumulate {
		zero(c, ldc, m, b.N)
	}
	for k0, k := range steps(b.K) {
		high := max(blockA/k/t.rows, 2) * t.rows
		for i := 0; i < m; i += high {
			h := cutRows(min(high, m-i), t.rows)
			t.pack(s, a[i:], lda, h, rows[k0:k0+k])
			t.packedBlock(c[i*ldc:], ldc, s.a, h, b, k0, k, accumulate || k0 > 0)
		}
	}
}

// block multiplies a block of rows of A, cut into tiles by h, by B.
func (t *tiles) block(c []float32, ldc int, a []float32, lda int, h heights, b *Packed, accumulate bool) {
	for j := 0; j < b.N; j += t.cols {
		w := min(t.cols, b.N-j)
		plain, mask := t.of(w).plain, &masks[panel-w]
		for k0, k := range steps(b.K) {
			pan := &b.panels[j/panel*panel*b.K+k0*panel+j%panel]
			if h.larger > 0 {
				plain[h.size+1](h.larger, k, &a[k0], lda, pan, &c[j], ldc, mask, accumulate || k0 > 0)
			}
			plain[h.size](h.smaller, k, &a[h.rest*lda+k0], lda, pan, &c[h.rest*ldc+j], ldc, mask, accumulate || k0 > 0)
		}
	}
}

// packedBlock multiplies A, packed by pack, by rows k0 to k0+k-1 of B.
func (t *tiles) packedBlock(c []float32, ldc int, a []float32, h heights, b *Packed, k0, k int, accumulate bool) {
	for j := 0; j < b.N; j += t.cols {
		w := min(t.cols, b.N-j)
		packed, mask := t.of(w).packed, &masks[panel-w]
		pan := &b.panels[j/panel*panel*b.K+k0*panel+j%panel]
		if h.larger > 0 {
			packed[h.size+1](h.larger, k, &a[0], 0, pan, &c[j], ldc, mask, accumulate)
		}
		packed[h.size](h.smaller, k, &a[h.rest*k+h.larger*gap], 0, pan, &c[h.rest*ldc+j], ldc, mask, accumulate)
	}
}

// gap is the number of unused elements after each tile of packed A: packing
// writes a full register even if the tile is narrower.
const gap = 16

// pack copies the given rows of a to s. It takes as many columns as h has rows
// and stores them tile by tile, each tile followed by a gap.
func (t *tiles) pack(s *Scratch, a []float32, lda int, h heights, rows []int32) {
	k := len(rows)
	rest := h.rest*k + h.larger*gap
	s.a = aligned(s.a, rest+h.smaller*(h.size*k+gap))
	if h.larger > 0 {
		t.packA(&s.a[0], &a[0], lda, &rows[0], k, h.size+1, h.larger, &masks[panel-h.size-1])
	}
	t.packA(&s.a[rest], &a[h.rest], lda, &rows[0], k, h.size, h.smaller, &masks[panel-h.size])
}

// heights is a partition of rows into tiles: first larger tiles of size+1 rows
// each, then, from row rest, smaller tiles of size rows each. smaller >= 1.
type heights struct {
	size, larger, smaller, rest int
}

// cutRows partitions m rows into the least number of tiles of at most limit
// rows. Heights differ by at most one, as low tiles use the arithmetic units
// less well.
func cutRows(m, limit int) heights {
	n := (m + limit - 1) / limit
	h := heights{size: m / n, larger: m % n, smaller: n - m%n}
	h.rest = h.larger * (h.size + 1)
	return h
}

// steps partitions k steps into the least number of pieces of at most blockK
// and yields their starts and lengths. Lengths differ by at most one.
func steps(k int) iter.Seq2[int, int] {
	return func(yield func(start, length int) bool) {
		n := (k + blockK - 1) / blockK
		for i := range n {
			start, end := i*k/n, (i+1)*k/n
			if !yield(start, end-start) {
				return
			}
		}
	}
}

// zero sets m rows of c to 0.
func zero(c []float32, ldc, m, n int) {
	for i := range m {
		clear(c[i*ldc : i*ldc+n])
	}
}
