package nn

import "braid/internal/kernel"

// BCE is binary cross-entropy of logits, with an independent answer per class: the sum over all
// elements of log(1 + exp(x)) - target·x, normalised by the number of elements, as
// binary_cross_entropy_with_logits of torch.
type BCE struct {
	Classes int
}

// BCEState is the memory of one goroutine.
type BCEState struct {
	soft, p []float32
}

// Loss returns the sum over the given rows and the number of their elements, and writes
// scale·(σ(x) - target) to their dLogits. A row whose first target is negative is
// missing: no loss, no gradient.
//
//	logits, target, dLogits (R, K)
func (b BCE) Loss(s *BCEState, logits, target []float32, rows []int32, scale float32,
	dLogits []float32) (sum, norm float64) {
	k := b.Classes
	s.soft, s.p = resize(s.soft, k), resize(s.p, k)
	for _, r := range rows {
		at := int(r) * k
		x, y, d := logits[at:at+k], target[at:at+k], dLogits[at:at+k]
		if y[0] < 0 {
			clear(d)
			continue
		}
		softplus(s.soft, x)
		kernel.Sigmoid(s.p, x)
		for j, v := range x {
			sum += float64(max(v, 0)) + float64(s.soft[j]) - float64(float64(v)*float64(y[j]))
			d[j] = scale * (s.p[j] - y[j])
		}
		norm += float64(k)
	}
	return sum, norm
}

// Probabilities writes σ(logits) to p, which may be logits.
func (b BCE) Probabilities(p, logits []float32) { kernel.Sigmoid(p, logits) }

// softplus writes log(1 + exp(-|x|)) to dst: the difference of log(1 + exp(x)) and max(x, 0).
func softplus(dst, x []float32) {
	for j, v := range x {
		dst[j] = min(v, -v)
	}
	kernel.Exp(dst, dst)
	for j := range dst {
		dst[j]++
	}
	kernel.Log(dst, dst)
}
