package kernel

import "fmt"

// MatMul computes C = A·B, or C += A·B if accumulate.
//
//	c (m, n)  rows ldc apart, n = b.N
//	a (m, k)  rows lda apart, k = b.K
//
// Every element of C is one chain of fused multiply-adds over increasing k.
// A row of C depends only on the same row of A and on B, for any m.
// c must not overlap a or b.
func MatMul(c []float32, ldc int, a []float32, lda, m int, b *Packed, accumulate bool) {
	checkMatrix("MatMul: a", a, m, b.K, lda)
	checkMatrix("MatMul: c", c, m, b.N, ldc)
	if m == 0 || b.N == 0 {
		return
	}
	active.matMul(c, ldc, a, lda, m, b, accumulate)
}

// Scratch is memory that MatMulRowsT reuses. Not safe for concurrent use. The
// zero value is ready for use.
type Scratch struct {
	a []float32
}

// MatMulRowsT computes C = Aᵣᵀ·B, or C += Aᵣᵀ·B if accumulate, where Aᵣ consists
// of the given rows of a. It is the gradient of a weight matrix: the sum over i,
// in order, of the outer product of a[rows[i]] and row i of B.
//
//	c (m, n)   rows ldc apart, n = b.N
//	a          rows lda apart; the first m columns are used
//	b (k, n)   k = len(rows); usually packed by PackRows with the same rows
//
// c must not overlap a or b.
func MatMulRowsT(c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, s *Scratch) {
	if len(rows) != b.K {
		panic(fmt.Sprintf("kernel: MatMulRowsT: %d rows for b (%d, %d)", len(rows), b.K, b.N))
	}
	checkRows("MatMulRowsT: a", a, m, lda, rows)
	checkMatrix("MatMulRowsT: c", c, m, b.N, ldc)
	if m == 0 || b.N == 0 {
		return
	}
	active.matMulRowsT(c, ldc, a, lda, m, rows, b, accumulate, s)
}

// matMulGo is the portable MatMul, which defines the result of the other forms.
func matMulGo(c []float32, ldc int, a []float32, lda, m int, b *Packed, accumulate bool) {
	var acc [panel]float32
	for j := 0; j < b.N; j += panel {
		w := min(panel, b.N-j)
		pan := b.panels[j*b.K : (j+panel)*b.K]
		for i := 0; i < m; i++ {
			out := c[i*ldc+j : i*ldc+j+w]
			start(&acc, out, accumulate)
			for l, x := range a[i*lda : i*lda+b.K] {
				row := pan[l*panel : l*panel+w]
				for q, y := range row {
					acc[q] = fma32(x, y, acc[q])
				}
			}
			copy(out, acc[:w])
		}
	}
}

// matMulRowsTGo is the portable MatMulRowsT.
func matMulRowsTGo(
	c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, _ *Scratch,
) {
	var acc [panel]float32
	for j := 0; j < b.N; j += panel {
		w := min(panel, b.N-j)
		pan := b.panels[j*b.K : (j+panel)*b.K]
		for i := 0; i < m; i++ {
			out := c[i*ldc+j : i*ldc+j+w]
			start(&acc, out, accumulate)
			for l, r := range rows {
				x := a[int(r)*lda+i]
				row := pan[l*panel : l*panel+w]
				for q, y := range row {
					acc[q] = fma32(x, y, acc[q])
				}
			}
			copy(out, acc[:w])
		}
	}
}

// start sets the accumulators to 0, or to out.
func start(acc *[panel]float32, out []float32, accumulate bool) {
	clear(acc[:])
	if accumulate {
		copy(acc[:], out)
	}
}
