package task

import (
	"math"
	"slices"

	"braid/internal/kernel"
	"braid/nn"
)

// crfWeights is one version of a crf's parameters. An illegal transition has the score -Inf.
type crfWeights struct {
	*crf
	emissions nn.LinearPacked

	transitions []float32 // (K, K) from, to
	into        []float32 // (K, K) to, from
	start, end  []float32 // (K)

	// The same as factors: e^(score - greatest score of the tensor), 0 if illegal.
	step            []float32 // (K, K) from, to
	first, last     []float32 // (K)
	base            crfBase
	onward, reverse kernel.Packed // products with step and with its transpose

	// Bounds of the transitions from a tag to tags that may follow every tag.
	least, most []float32 // (K)
}

// crfBase holds the greatest score of each tensor.
type crfBase struct{ transitions, start, end float32 }

var illegal = float32(math.Inf(-1))

func (w *crfWeights) Pack(params []nn.Param, backward bool) {
	w.emit.Pack(&w.emissions, params[:2], backward)
	k := w.k
	w.transitions = append(w.transitions[:0], params[2].Data...)
	w.start = append(w.start[:0], params[3].Data...)
	w.end = append(w.end[:0], params[4].Data...)
	if w.chain != nil {
		w.mask()
	}
	w.into = slices.Grow(w.into[:0], k*k)[:k*k]
	w.least, w.most = slices.Grow(w.least[:0], k)[:k], slices.Grow(w.most[:0], k)[:k]
	for i := range k {
		w.least[i], w.most[i] = -illegal, illegal
		for j, v := range w.transitions[i*k : (i+1)*k] {
			w.into[j*k+i] = v
			if w.free[j] {
				w.least[i], w.most[i] = min(w.least[i], v), max(w.most[i], v)
			}
		}
	}
	w.step, w.base.transitions = factors(w.step, w.transitions)
	w.first, w.base.start = factors(w.first, w.start)
	w.last, w.base.end = factors(w.last, w.end)
	w.onward.Pack(w.step, k, k, k)
	w.reverse.PackTranspose(w.step, k, k, k)
}

// mask gives illegal transitions the score -Inf.
func (w *crfWeights) mask() {
	for j := range int32(w.k) {
		if w.free[j] {
			continue
		}
		w.start[j] = illegal
		for i := range int32(w.k) {
			if !w.chain.legal(i, j) {
				w.transitions[int(i)*w.k+int(j)] = illegal
			}
		}
	}
}

// factors returns e^(score - base) in dst, and the base, which is the greatest score.
func factors(dst, scores []float32) ([]float32, float32) {
	base := slices.Max(scores)
	dst = dst[:0]
	for _, v := range scores {
		dst = append(dst, v-base)
	}
	kernel.Exp(dst, dst)
	return dst, base
}
