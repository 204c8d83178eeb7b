package kernel

// tile is a product of a few rows in machine code: blocks times as many rows as
// its place in a table says, and as many columns as mask has ones.
type tile func(blocks, k int, a *float32, lda int, b, c *float32, ldc int, mask *int32, accumulate bool)

// tiles are the products of one form.
type tiles struct {
	rows, cols int    // most of a tile
	plain      []tile // index: rows; reads A by rows
	packed     []tile // reads A as packA leaves it
	packA      func(dst, a *float32, lda int, rows *int32, k, mr, blocks int, mask *int32)
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
	t.product(c, ldc, a, lda, m, nil, b, accumulate, nil)
}

func (t *tiles) matMulRowsT(c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, s *Scratch) {
	t.product(c, ldc, a, lda, m, rows, b, accumulate, s)
}

// product is MatMul if s is nil, else MatMulRowsT.
func (t *tiles) product(c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, s *Scratch) {
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
		high := max(blockA/k/t.rows, 1) * t.rows
		for i := 0; i < m; i += high {
			if s == nil {
				t.block(t.plain, c[i*ldc:], ldc, a[i*lda+k0:], lda, min(high, m-i), b, k0, k, accumulate)
			} else {
				t.pack(s, a[i:], lda, min(high, m-i), rows[k0:k0+k])
				t.block(t.packed, c[i*ldc:], ldc, s.a, 0, min(high, m-i), b, k0, k, accumulate)
			}
		}
		k0 += k
		accumulate = true
	}
}

// block multiplies m rows of A, k columns wide, by rows k0 to k0+k of B. A is
// packed if lda is 0.
func (t *tiles) block(tiles []tile, c []float32, ldc int, a []float32, lda, m int, b *Packed, k0, k int, accumulate bool) {
	size, pieces, larger := split(m, t.rows)
	rest := larger * (size + 1) // row at which the smaller tiles start
	restA := rest * lda
	if lda == 0 {
		restA = larger * (k*(size+1) + gap)
	}
	for j := 0; j < b.N; j += t.cols {
		pan := &b.panels[j/panel*panel*b.K+k0*panel+j%panel]
		mask := &masks[panel-min(t.cols, b.N-j)]
		if larger > 0 {
			tiles[size+1](larger, k, &a[0], lda, pan, &c[j], ldc, mask, accumulate)
		}
		tiles[size](pieces-larger, k, &a[restA], lda, pan, &c[rest*ldc+j], ldc, mask, accumulate)
	}
}

// gap is the room between blocks of packed A, in elements: packing writes a
// full register where a block may be narrower.
const gap = 16

// pack gathers m columns of the rows of a in s, cut as block wants them.
func (t *tiles) pack(s *Scratch, a []float32, lda, m int, rows []int32) {
	k := len(rows)
	size, pieces, larger := split(m, t.rows)
	s.a = aligned(s.a, m*k+pieces*gap)
	rest := larger * (size + 1)
	if larger > 0 {
		t.packA(&s.a[0], &a[0], lda, &rows[0], k, size+1, larger, &masks[panel-size-1])
	}
	t.packA(&s.a[rest*k+larger*gap], &a[rest], lda, &rows[0], k, size, pieces-larger, &masks[panel-size])
}

// zero sets m rows of c to 0.
func zero(c []float32, ldc, m, n int) {
	for i := range m {
		clear(c[i*ldc : i*ldc+n])
	}
}
