package optim

import (
	"math"

	"braid/gradient"
)

// Clip scales a gradient of a norm so that its norm is at most max. The factor is
// max/(norm + 1e-6), as torch.nn.utils.clip_grad_norm_. A max of 0 or below clips nothing;
// neither does a norm that is not finite, for the caller to refuse the step.
// Source: Pascanu, Mikolov, Bengio 2013.
func Clip(g *gradient.Gradient, norm, max float64) {
	factor := max / (norm + 1e-6)
	if max > 0 && factor < 1 && !math.IsInf(norm, 0) {
		g.Scale(float32(factor))
	}
}
