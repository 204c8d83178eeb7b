package optim

import (
	"math"

	"braid/gradient"
	"braid/internal/kernel"
)

// Norm returns the Euclidean norm of all numbers of a gradient: float64, group by group,
// dense before rows.
func Norm(g *gradient.Gradient) float64 {
	sum := 0.0
	for _, dense := range g.Dense {
		sum += kernel.SumSquares(dense)
	}
	for i := range g.Rows {
		sum += kernel.SumSquares(g.Rows[i].Data)
	}
	return math.Sqrt(sum)
}

// ClipNorm scales a gradient so that its norm is at most max, and returns the norm from
// before. The factor is max/(norm + 1e-6), as torch.nn.utils.clip_grad_norm_. A max of 0
// or below clips nothing; a norm that is not finite is returned and nothing scaled, for
// the caller to refuse the step.
// Source: Pascanu, Mikolov, Bengio 2013.
func ClipNorm(g *gradient.Gradient, max float64) float64 {
	norm := Norm(g)
	factor := max / (norm + 1e-6)
	if max > 0 && factor < 1 && !math.IsInf(norm, 0) {
		Scale(g, float32(factor))
	}
	return norm
}

// Scale multiplies all numbers of a gradient; losses stay.
func Scale(g *gradient.Gradient, factor float32) {
	for _, dense := range g.Dense {
		kernel.Scale(factor, dense)
	}
	for i := range g.Rows {
		kernel.Scale(factor, g.Rows[i].Data)
	}
}
