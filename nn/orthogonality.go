package nn

import "braid/internal/kernel"

// Orthogonality is a penalty on what two encoders have in common in their hidden states of a text. With
// one row per word in S (T, A) and P (T, B),
//
//	loss = ‖Sᵀ·P/T‖²_F = Σ_tu (s_t·s_u)(p_t·p_u) / T²
//
// It is 0 if the columns of S and P are orthogonal. The source does not divide by T, so that the penalty of a
// text would grow with the square of its length. Time is O(T²(A+B)).
//
// Source: Bousmalis et al. 2016 and Liu, Qiu and Huang 2017, L_diff.
type Orthogonality struct{ A, B int }

// OrthogonalityState is the memory of one goroutine.
type OrthogonalityState struct {
	rows   []int32   // of the text's words
	s, p   []float32 // (T, A), (T, B)
	ss, pp []float32 // (T, T) their inner products
	d      []float32 // (T, A) or (T, B)
	right  kernel.Packed
}

// Loss returns the penalty of sequence i, and adds factor times its gradient to the rows of the sequence.
//
//	s, ds (N, A)
//	p, dp (N, B)
func (m Orthogonality) Loss(st *OrthogonalityState, l *Layout, i int, s, p []float32, factor float32,
	ds, dp []float32) (loss float64) {
	mustBe("orthogonality's s", s, l.N(), m.A)
	mustBe("orthogonality's p", p, l.N(), m.B)
	n := int(l.Lengths[i])
	st.rows = st.rows[:0]
	for t := range n {
		st.rows = append(st.rows, int32(l.At(t, i)))
	}
	st.s, st.p = resize(st.s, n*m.A), resize(st.p, n*m.B)
	gatherRows(st.s, s, st.rows, m.A)
	gatherRows(st.p, p, st.rows, m.B)
	st.ss, st.pp = st.products(st.ss, st.s, n, m.A), st.products(st.pp, st.p, n, m.B)
	for k, v := range st.ss {
		loss += float64(float64(v) * float64(st.pp[k]))
	}
	square := float64(n * n)
	factor = float32(2 * float64(factor) / square)
	st.addGradient(ds, st.pp, st.s, n, m.A, factor)
	st.addGradient(dp, st.ss, st.p, n, m.B, factor)
	return loss / square
}

// products returns x·xᵀ (n, n) in the memory of dst.
func (st *OrthogonalityState) products(dst, x []float32, n, width int) []float32 {
	dst = resize(dst, n*n)
	st.right.PackTranspose(x, n, width, width)
	kernel.MatMul(dst, n, x, width, n, &st.right, false)
	return dst
}

// addGradient adds factor·products·x to the rows of d.
func (st *OrthogonalityState) addGradient(d, products, x []float32, n, width int, factor float32) {
	st.d = resize(st.d, n*width)
	st.right.Pack(x, n, width, width)
	kernel.MatMul(st.d, width, products, n, n, &st.right, false)
	kernel.Scale(factor, st.d)
	for t, r := range st.rows {
		kernel.AddTo(d[int(r)*width:int(r+1)*width], st.d[t*width:(t+1)*width])
	}
}
