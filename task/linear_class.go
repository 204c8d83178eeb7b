package task

import (
	"braid/data"
	"braid/nn"
)

// classObjective is softmax cross-entropy, for one class per row.
type classObjective struct {
	nn.CrossEntropy
	perWord bool
	chain   *chain // which tag may follow which; nil if every transition is legal
}

func newClassObjective(s DecoderSpec, perWord bool) classObjective {
	k := s.Classes()
	o := classObjective{nn.CrossEntropy{Classes: k, Smoothing: float32(s.Task.LabelSmoothing)}, perWord, nil}
	if perWord && s.Task.Spans() {
		o.chain = newChain(s.Labels.Names()[:k])
	}
	if len(s.Task.ClassWeights) == 0 {
		return o
	}
	o.Weight = make([]float32, k)
	for c := range o.Weight {
		o.Weight[c] = 1
		if w, ok := s.Task.ClassWeights[s.Labels.Name(int32(c))]; ok {
			o.Weight[c] = float32(w)
		}
	}
	return o
}

func (o classObjective) loss(p *linearPass, t *Targets, rows []int32, scale float32) (sum, normaliser float64) {
	if !p.softmaxed {
		o.CrossEntropy.Probabilities(&p.entropy, p.logits)
		p.softmaxed = true
	}
	return o.Loss(&p.entropy, p.logits, t.Known, rows, scale, p.dLogits)
}

func (o classObjective) normaliser(c *data.Corpus, t *data.Target, e uint32) (n float64) {
	for _, id := range classesOf(c, t, e, o.perWord) {
		if id >= 0 && int(id) < o.Classes {
			n += o.WeightOf(int(id))
		}
	}
	return n
}

// decode takes the class of the greatest logit, for words on the best legal path.
func (o classObjective) decode(p *linearPass, rows []int32, a *Decoded) {
	a.Classes = a.Classes[:0]
	for _, r := range rows {
		a.Classes = append(a.Classes, int32(argmax(p.logitsOf(r))))
	}
	if o.chain != nil {
		p.viterbi.best(o.chain, a.Classes, func(t int) []float32 { return p.logitsOf(rows[t]) })
	}
}

func (o classObjective) probabilities(p *linearPass, rows []int32, a *Decoded) {
	p.softmaxed = false
	o.decode(p, rows, a)
	a.Probabilities, a.Spans = a.Probabilities[:0], a.Spans[:0]
	if !o.perWord {
		a.Probabilities = append(a.Probabilities, o.CrossEntropy.Probabilities(&p.entropy, p.logitsOf(rows[0]))...)
		return
	}
	of := func(t int) []float32 { return o.CrossEntropy.Probabilities(&p.entropy, p.logitsOf(rows[t])) }
	switch {
	case o.chain == nil:
		for t, class := range a.Classes {
			a.Probabilities = append(a.Probabilities, of(t)[class])
		}
	default:
		p.marginals.compute(o.chain, len(rows), of)
		p.marginals.append(o.chain, a)
	}
}

// argmax returns the index of the greatest value, the first of equals.
func argmax[T float32 | float64](x []T) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
