package nn

import (
	"fmt"

	"braid/internal/kernel"
)

// CrossEntropy is -log softmax(logits)[target], as cross_entropy of torch. With class weights each
// row counts Weight[target] times, and the normaliser is the sum of these weights. With smoothing
// ε the target distribution is 1-ε at the class plus ε/K at every class, and the weight of a class
// applies to its share. A negative target is missing: no loss, no gradient.
type CrossEntropy struct {
	Classes   int
	Weight    []float32 // (K); nil: all 1
	Smoothing float32   // ε: 0 off, below 1
}

// CrossEntropyState is the memory of one goroutine.
type CrossEntropyState struct {
	p, logSum []float32
}

// Probabilities returns softmax(logits) (R, K), owned by s until its next use.
func (c CrossEntropy) Probabilities(s *CrossEntropyState, logits []float32) []float32 {
	rows := len(logits) / c.Classes
	mustBe("logits", logits, rows, c.Classes)
	s.p, s.logSum = resize(s.p, len(logits)), resize(s.logSum, rows)
	kernel.SoftmaxRows(s.p, logits, c.Classes, rows, c.Classes, s.logSum)
	return s.p
}

// Loss returns the sum over the given rows and its normaliser, and writes scale times the
// gradient to their dLogits. Call Probabilities of the same logits before; one call serves all
// shards of a block.
//
//	logits, dLogits (R, K), target (R)
//
// Panics if a target is not below K.
func (c CrossEntropy) Loss(s *CrossEntropyState, logits []float32, target []int32, rows []int32, scale float32,
	dLogits []float32) (sum, norm float64) {
	k := c.Classes
	mustBe("logits", logits, len(s.logSum), k)
	mustBe("dLogits", dLogits, len(s.logSum), k)
	for _, r := range rows {
		at := int(r) * k
		x, p, d := logits[at:at+k], s.p[at:at+k], dLogits[at:at+k]
		if target[r] < 0 {
			clear(d)
			continue
		}
		if int(target[r]) >= k {
			panic(fmt.Sprintf("nn: target %d of %d classes", target[r], k))
		}
		row, weight := c.row(x, p, d, int(target[r]), s.logSum[r], scale)
		sum += row
		norm += weight
	}
	return sum, norm
}

// row is one row's loss, weight and gradient.
//
// With shares q and weights w, loss = Σ q w (logSum - x), d = p Σ q w - q w.
func (c CrossEntropy) row(x, p, d []float32, target int, logSum, scale float32) (loss, weight float64) {
	weight = c.WeightOf(target)
	onTarget := float64((1 - float64(c.Smoothing)) * weight)
	loss = float64(onTarget * (float64(logSum) - float64(x[target])))
	total := onTarget
	if c.Smoothing > 0 {
		share := float64(c.Smoothing) / float64(c.Classes)
		for j, v := range x {
			q := float64(share * c.WeightOf(j))
			loss += float64(q * (float64(logSum) - float64(v)))
			total += q
		}
		for j := range d {
			d[j] = scale * (float32(p[j]*float32(total)) - float32(share*c.WeightOf(j)))
		}
	} else {
		for j := range d {
			d[j] = scale * float32(p[j]*float32(total))
		}
	}
	d[target] -= float32(scale * float32(onTarget))
	return loss, weight
}

// WeightOf returns the weight of a target of the given class in the normaliser.
func (c CrossEntropy) WeightOf(class int) float64 {
	if c.Weight == nil {
		return 1
	}
	return float64(c.Weight[class])
}
