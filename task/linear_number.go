package task

import (
	"math"

	"braid/data"
	"braid/nn"
)

// numberObjective is the squared error, for one number per text.
type numberObjective struct{ nn.MSE }

func (o numberObjective) loss(p *linearPass, t *Targets, rows []int32, scale float32) (sum, normaliser float64) {
	return o.Loss(p.logits, t.Values, rows, scale, p.dLogits)
}

func (numberObjective) normaliser(_ *data.Corpus, t *data.Target, e uint32) float64 {
	if math.IsNaN(float64(t.Values[e])) {
		return 0
	}
	return 1
}

func (numberObjective) decode(p *linearPass, rows []int32, a *Decoded) {
	a.Value = p.logitsOf(rows[0])[0]
}

func (o numberObjective) probabilities(p *linearPass, rows []int32, a *Decoded) { o.decode(p, rows, a) }
