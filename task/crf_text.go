package task

import (
	"math"
	"slices"

	"braid/internal/kernel"
)

// crfText is the sum over the taggings of one text that agree with given tags, in logarithms. It is slower than
// crfLattice, takes scores of any size, and serves texts for which the lattice does not: hard ones, and those with
// words of unknown tags. Sums are in float64; exponentials and logarithms are those of package kernel.
type crfText struct {
	tags  []int32 // 0 to K-1; part of it is the list of the tags that a word may have
	known []int32 // (T) the tag of each word, -1 for any; nil: any

	alpha    []float64 // (T, K) ln of the probability of the tag given the words up to this one
	marginal []float64 // (T, K) probability of the tag given the text
	ways     []float64 // (K)
	share    []float32 // (K) softmax of ways
	one      [1]float32
}

// of returns the tags that word t may have.
func (x *crfText) of(t int) []int32 {
	if x.known == nil || x.known[t] < 0 {
		return x.tags
	}
	return x.tags[x.known[t] : x.known[t]+1]
}

// infer fills x for a text of n words and returns the logarithm of the sum over its taggings. It adds factor times
// the expected number of each transition to transitions (K, K), if there is such a list.
//
//	emissions  returns the K scores of word t
//	known (T)  the tag of each word, -1 for any; nil: any. Some legal tagging must agree.
func (x *crfText) infer(w *crfWeights, n int, emissions func(t int) []float32, known []int32, transitions []float32,
	factor float32) float64 {
	k := w.k
	x.known = known
	x.alpha, x.marginal = slices.Grow(x.alpha[:0], n*k)[:n*k], slices.Grow(x.marginal[:0], n*k)[:n*k]
	x.ways, x.share = slices.Grow(x.ways[:0], k)[:k], slices.Grow(x.share[:0], k)[:k]
	clear(x.marginal)
	sum := 0.0
	for t := range n {
		alpha, e, tags := x.alpha[t*k:(t+1)*k], emissions(t), x.of(t)
		for _, j := range tags {
			if t == 0 {
				alpha[j] = float64(w.start[j]) + float64(e[j])
			} else {
				alpha[j] = x.before(w, t, j) + float64(e[j])
			}
		}
		for c, j := range tags {
			x.ways[c] = alpha[j]
		}
		up := x.logSumExp(len(tags))
		for _, j := range tags {
			alpha[j] -= up
		}
		sum += up
	}
	for c, j := range x.of(n - 1) {
		x.ways[c] = x.alpha[(n-1)*k+int(j)] + float64(w.end[j])
	}
	sum += x.logSumExp(len(x.of(n - 1)))
	for c, j := range x.of(n - 1) {
		x.marginal[(n-1)*k+int(j)] = float64(x.share[c])
	}
	x.back(w, n, transitions, factor)
	return sum
}

// back fills the marginals from those of the last word on: a tag passes its probability to the tags before it.
func (x *crfText) back(w *crfWeights, n int, transitions []float32, factor float32) {
	k := w.k
	for t := n - 1; t > 0; t-- {
		past := x.marginal[(t-1)*k : t*k]
		for _, j := range x.of(t) {
			m := x.marginal[t*k+int(j)]
			if m == 0 {
				continue
			}
			x.before(w, t, j)
			for c, i := range x.of(t - 1) {
				both := float64(m * float64(x.share[c]))
				past[i] += both
				if transitions != nil {
					transitions[int(i)*k+int(j)] += float32(factor * float32(both))
				}
			}
		}
	}
}

// before leaves in x.share the probabilities of the tags before word t, those of of(t-1), given that word t has tag j
// and the words before t. It returns ln Σ exp of alpha and transition.
func (x *crfText) before(w *crfWeights, t int, j int32) float64 {
	into, past := w.into[int(j)*w.k:], x.alpha[(t-1)*w.k:t*w.k]
	tags := x.of(t - 1)
	for c, i := range tags {
		x.ways[c] = past[i] + float64(into[i])
	}
	return x.logSumExp(len(tags))
}

// logSumExp returns ln Σ exp of the first n elements of x.ways and leaves their softmax in x.share. If all are -Inf,
// the shares are 0.
func (x *crfText) logSumExp(n int) float64 {
	ways, share := x.ways[:n], x.share[:n]
	top := math.Inf(-1)
	for _, v := range ways {
		top = max(top, v)
	}
	if math.IsInf(top, -1) {
		clear(share)
		return top
	}
	for c, v := range ways {
		share[c] = float32(v - top)
	}
	kernel.Exp(share, share)
	sum := 0.0
	for _, v := range share {
		sum += float64(v)
	}
	for c, v := range share {
		share[c] = float32(float64(v) / sum)
	}
	x.one[0] = float32(sum)
	kernel.Log(x.one[:], x.one[:])
	return top + float64(x.one[0])
}
