package task

import (
	"slices"

	"braid/data"
	"braid/nn"
)

// setObjective is binary cross-entropy, for any number of classes per text.
type setObjective struct{ nn.BCE }

func (o setObjective) loss(p *linearPass, t *Targets, rows []int32, scale float32) (sum, normaliser float64) {
	return o.Loss(&p.binary, p.logits, t.Sets, rows, scale, p.dLogits)
}

func (o setObjective) normaliser(_ *data.Corpus, t *data.Target, e uint32) float64 {
	if _, labelled := slices.BinarySearch(t.Labelled, e); !labelled {
		return 0
	}
	return float64(o.Classes)
}

func (setObjective) decode(p *linearPass, rows []int32, a *Decoded) {
	a.Set = a.Set[:0]
	for _, x := range p.logitsOf(rows[0]) {
		a.Set = append(a.Set, x > 0)
	}
}

func (o setObjective) probabilities(p *linearPass, rows []int32, a *Decoded) {
	o.decode(p, rows, a)
	a.Probabilities = append(a.Probabilities[:0], p.logitsOf(rows[0])...)
	o.Probabilities(a.Probabilities, a.Probabilities)
}
