package task

import (
	"braid/data"
	"braid/nn"
)

// classObjective is softmax cross-entropy, for one class per row.
type classObjective struct {
	nn.CrossEntropy
	perWord bool
}

func newClassObjective(s DecoderSpec, perWord bool) classObjective {
	k := s.Classes()
	o := classObjective{nn.CrossEntropy{Classes: k, Smoothing: float32(s.Task.LabelSmoothing)}, perWord}
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

func (o classObjective) decode(p *linearPass, rows []int32, a *Decoded) {
	a.Classes = a.Classes[:0]
	for _, r := range rows {
		a.Classes = append(a.Classes, int32(argmax(p.logitsOf(r))))
	}
}

func (o classObjective) probabilities(p *linearPass, rows []int32, a *Decoded) {
	p.softmaxed = false
	a.Classes, a.Probabilities = a.Classes[:0], a.Probabilities[:0]
	for _, r := range rows {
		all := o.CrossEntropy.Probabilities(&p.entropy, p.logitsOf(r))
		best := argmax(all)
		a.Classes = append(a.Classes, int32(best))
		if o.perWord {
			a.Probabilities = append(a.Probabilities, all[best])
		} else {
			a.Probabilities = append(a.Probabilities, all...)
		}
	}
}

// argmax returns the index of the greatest value, the first of equals.
func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
