package optim

import (
	"math"

	"braid/gradient"
)

// Clip scales a gradient whose norm is norm so that its norm is at most max. The factor is
// max/(norm + 1e-6), as in torch.nn.utils.clip_grad_norm_. It does nothing if max is not above 0,
// nor if norm is not finite: the caller must refuse such a step.
// Source: Pascanu, Mikolov, Bengio 2013.
func Clip(g *gradient.Gradient, norm, max float64) {
	factor := max / (norm + 1e-6)
	if max > 0 && factor < 1 && !math.IsInf(norm, 0) {
		g.Scale(float32(factor))
	}
}
