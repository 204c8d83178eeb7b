package kernel

import "math"

// SoftmaxRows computes the softmax and the log-sum-exp of m rows.
//
//	p   (m, n)  out: probabilities; may be x
//	x   (m, n)  logits; rows ld apart, like p
//	lse (m)     out: ln Σ e^x of each row; nil if not needed
//
// The cross-entropy of row i with label y is lse[i] - x[i][y]; if p is x, read
// x[i][y] before the call. The gradient of row i is p[i] with 1 subtracted at y.
// A row that contains NaN or +Inf, or only -Inf, gives NaN. The sum runs in
// lanes, as in [Dot].
func SoftmaxRows(p, x []float32, ld, m, n int, lse []float32) {
	checkMatrix("SoftmaxRows: p", p, m, n, ld)
	checkMatrix("SoftmaxRows: x", x, m, n, ld)
	if lse != nil {
		checkLength("SoftmaxRows: lse", lse, m)
	}
	if n == 0 {
		return
	}
	for i := 0; i < m; i++ {
		top, sum := active.softmax(p[i*ld:i*ld+n], x[i*ld:i*ld+n])
		active.scale(1/sum, p[i*ld:i*ld+n])
		if lse != nil {
			lse[i] = sum
			active.log(lse[i:i+1], lse[i:i+1])
			lse[i] += top
		}
	}
}

// softmaxGo sets p to e^(x-top), where top is the largest element of x. It
// returns top and the sum of p.
func softmaxGo(p, x []float32) (top, sum float32) {
	top = float32(math.Inf(-1))
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	var s [lanes]float32
	for i, v := range x {
		e := exp32(v - top)
		p[i] = e
		s[i%lanes] += e
	}
	for w := lanes / 2; w > 0; w /= 2 {
		for l := 0; l < w; l++ {
			s[l] += s[l+w]
		}
	}
	return top, s[0]
}
