package optim

import (
	"math"

	"braid/internal/kernel"
)

// FusedAdam is a whole chain of Adam or AdamW in one pass over memory. It differs from the chain by
// a rounding or two per element, since it fuses multiply-adds.
type FusedAdam struct {
	Adam
	Decay  float64 // added to the gradient (adam)
	Shrink float64 // decoupled (adamw)
}

// Apply takes the whole step. It does not write s.Update.
func (a FusedAdam) Apply(s *Slice) {
	kernel.Adam(s.Param, s.Slots[0], s.Slots[1], s.Update, a.step(s.Step, s.Rate))
}

// step returns the constants of step n.
func (a FusedAdam) step(n uint64, rate float64) kernel.AdamStep {
	return kernel.AdamStep{
		Beta1: float32(a.Beta1), OneMinusBeta1: float32(1 - a.Beta1),
		Beta2: float32(a.Beta2), OneMinusBeta2: float32(1 - a.Beta2),
		StepSize:       float32(rate / (1 - power(a.Beta1, n))),
		InvSqrtBias2:   float32(1 / math.Sqrt(1-power(a.Beta2, n))),
		Eps:            float32(a.Eps),
		ScaleG:         1,
		WeightDecay:    float32(a.Decay),
		DecoupledDecay: float32(rate * a.Shrink),
	}
}

// fuse returns the chain to run for a config: its own, or one transform in place of it.
func fuse(c Config) []Transform {
	adam := Adam{c.Beta1, c.Beta2, c.Eps}
	switch c.Kind {
	case "adam":
		return []Transform{FusedAdam{Adam: adam, Decay: c.WeightDecay}}
	case "adamw":
		return []Transform{FusedAdam{Adam: adam, Shrink: c.WeightDecay}}
	}
	return c.Chain()
}
