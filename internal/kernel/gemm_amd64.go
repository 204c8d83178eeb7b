package kernel

// tile is a product of a few rows in machine code: blocks times as many rows as
// its place in a table says, and as many columns as mask has ones.
type tile func(blocks, k int, a *float32, lda int, b, c *float32, ldc int, mask *int32, accumulate bool)

// tiles are the products of one form.
type tiles struct {
	rows, cols int    // most of a tile
	plain      []tile // index: rows; reads A by rows
	packed     []tile // reads A as packA leaves it
}

// masks holds the mask of w columns at index panel - w.
var masks = func() (m [2 * panel]int32) {
	for i := range panel {
		m[i] = -1
	}
	return
}()

// Blocking. A block of one panel of B, blockK rows of 128 bytes, stays in the
// first-level cache while the rows of A pass by; a block of A, blockA
// elements, stays in the second while the panels do.
const (
	blockK = 256
	blockA = 64 << 10
)

// split cuts n into the least number of pieces of at most limit, as equal as
// can be: more pieces of size+1, then the rest of size.
func split(n, limit int) (size, pieces, larger int) {
	pieces = (n + limit - 1) / limit
	return n / pieces, pieces, n % pieces
}

func (t *tiles) matMul(c []float32, ldc int, a []float32, lda, m int, b *Packed, accumulate bool) {
	if b.K == 0 {
		if !accumulate {
			zero(c, ldc, m, b.N)
		}
		return
	}
	size, pieces, larger := split(b.K, blockK)
	for k0 := 0; pieces > 0; pieces-- {
		k := size
		if larger > 0 {
			k, larger = k+1, larger-1
		}
		rows := max(blockA/k/t.rows, 1) * t.rows
		for i := 0; i < m; i += rows {
			t.block(c[i*ldc:], ldc, a[i*lda+k0:], lda, min(rows, m-i), b, k0, k, accumulate)
		}
		k0 += k
		accumulate = true
	}
}

// block multiplies m rows of A, k columns wide, by rows k0 to k0+k of B.
func (t *tiles) block(c []float32, ldc int, a []float32, lda, m int, b *Packed, k0, k int, accumulate bool) {
	size, pieces, larger := split(m, t.rows)
	for j := 0; j < b.N; j += t.cols {
		pan := &b.panels[j/panel*panel*b.K+k0*panel+j%panel]
		mask := &masks[panel-min(t.cols, b.N-j)]
		if larger > 0 {
			t.plain[size+1](larger, k, &a[0], lda, pan, &c[j], ldc, mask, accumulate)
		}
		i := larger * (size + 1)
		t.plain[size](pieces-larger, k, &a[i*lda], lda, pan, &c[i*ldc+j], ldc, mask, accumulate)
	}
}

// zero sets m rows of c to 0.
func zero(c []float32, ldc, m, n int) {
	for i := range m {
		clear(c[i*ldc : i*ldc+n])
	}
}
