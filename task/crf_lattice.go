package task

import (
	"slices"

	"braid/internal/kernel"
	"braid/nn"
)

// crfLattice is the sum over all legal taggings of each text of a block: the forward and the backward algorithm in
// factors, scaled at each word. One word of all texts is one product of matrices. A row depends on its own text alone.
//
// Factors below e⁻¹⁰³ are 0. A text is hard if a scale is below crfLeast or a backward factor above crfMost, because
// the lost factors could then matter. In other texts they are less than 1e-12 of the sum. The lattice of a hard text
// is invalid; crfText computes it in logarithms.
//
// Source: Baum et al. 1970; scaling as in Rabiner 1989.
type crfLattice struct {
	local  []float32 // (N, K) softmax of the emissions
	logSum []float32 // (N) of the emissions

	alpha    []float32 // (N, K) probability of the tag given the words up to this one
	marginal []float32 // (N, K) probability of the tag given the text
	onward   []float32 // (N, K) local · beta / scale, beta the backward factors
	scale    []float32 // (N) sum of alpha before scaling
	logScale []float32 // (N)
	ending   []float32 // (B) sum of alpha · last
	logEnd   []float32 // (B)
	hard     []bool    // (B)
}

// Limits of the scaled algorithms.
const (
	crfLeast = 0x1p-40
	crfMost  = 0x1p40
)

// infer fills x from the emissions e (N, K) of a block.
func (x *crfLattice) infer(w *crfWeights, l *nn.Layout, e []float32) {
	k, n, b := w.k, l.N(), l.B()
	for _, s := range []*[]float32{&x.local, &x.alpha, &x.marginal, &x.onward} {
		*s = slices.Grow((*s)[:0], n*k)[:n*k]
	}
	for _, s := range []*[]float32{&x.logSum, &x.scale, &x.logScale} {
		*s = slices.Grow((*s)[:0], n)[:n]
	}
	for _, s := range []*[]float32{&x.ending, &x.logEnd} {
		*s = slices.Grow((*s)[:0], b)[:b]
	}
	x.hard = slices.Grow(x.hard[:0], b)[:b]
	clear(x.hard)
	kernel.SoftmaxRows(x.local, e, k, n, k, x.logSum)
	for t := range l.T() {
		x.forward(w, l, t)
	}
	for t := l.T() - 1; t >= 0; t-- {
		x.backward(w, l, t)
	}
	kernel.Log(x.logScale, x.scale)
	kernel.Log(x.logEnd, x.ending)
}

// forward fills alpha and scale of word t of all texts.
func (x *crfLattice) forward(w *crfWeights, l *nn.Layout, t int) {
	k, lo, hi := w.k, int(l.Off[t]), int(l.Off[t+1])
	if t > 0 {
		before := int(l.Off[t-1])
		kernel.MatMul(x.alpha[lo*k:hi*k], k, x.alpha[before*k:(before+hi-lo)*k], k, hi-lo, &w.onward, false)
	}
	for r := lo; r < hi; r++ {
		alpha, local, past := x.alpha[r*k:(r+1)*k], x.local[r*k:(r+1)*k], w.first
		if t > 0 {
			past = alpha
		}
		x.scale[r] = float32(kernel.Dot(past, local))
		up := 1 / x.scale[r]
		for j, v := range local {
			alpha[j] = float32(past[j]*v) * up
		}
	}
}

// backward fills marginal and onward of word t of all texts, after those of word t+1.
func (x *crfLattice) backward(w *crfWeights, l *nn.Layout, t int) {
	k, lo, hi := w.k, int(l.Off[t]), int(l.Off[t+1])
	longer := 0 // texts with a word t+1
	if t+1 < l.T() {
		longer = int(l.Off[t+2] - l.Off[t+1])
		kernel.MatMul(x.marginal[lo*k:(lo+longer)*k], k, x.onward[hi*k:(hi+longer)*k], k, longer, &w.reverse, false)
	}
	for r := lo; r < hi; r++ {
		alpha, local, beta := x.alpha[r*k:(r+1)*k], x.local[r*k:(r+1)*k], x.marginal[r*k:(r+1)*k]
		if i := r - lo; i >= longer {
			x.ending[i] = float32(kernel.Dot(alpha, w.last))
			copy(beta, w.last)
			kernel.Scale(1/x.ending[i], beta)
		}
		up, onward := 1/x.scale[r], x.onward[r*k:(r+1)*k]
		most := float32(0)
		for j, v := range beta {
			most = max(most, v)
			onward[j] = float32(local[j]*v) * up
			beta[j] = alpha[j] * v
		}
		if !(x.scale[r] >= crfLeast && most <= crfMost) { // also if not a number
			x.hard[r-lo] = true
		}
	}
}

// total returns the logarithm of the sum over the taggings of text i, which is not hard.
func (x *crfLattice) total(w *crfWeights, l *nn.Layout, i int) float64 {
	n := int(l.Lengths[i])
	sum := float64(w.base.start) + float64(w.base.end) + float64(x.logEnd[i])
	sum += float64(float64(n-1) * float64(w.base.transitions))
	for t := range n {
		r := l.At(t, i)
		sum += float64(x.logSum[r]) + float64(x.logScale[r])
	}
	return sum
}
