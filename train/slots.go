package train

import (
	"braid/gradient"
	"braid/model"
	"braid/plan"
)

// slotFactors are the factors on the slots of a step's root.
type slotFactors struct {
	owners  []int // by slot: model.Architecture.Owner
	factors []float32
}

func newSlotFactors(a *model.Architecture) slotFactors {
	slots := a.Shape().Slots
	f := slotFactors{factors: make([]float32, len(slots))}
	for i := range slots {
		f.owners = append(f.owners, a.Owner(i))
	}
	return f
}

// scaleRoot divides a sampled task's gradient by its normaliser and applies the factors of the task. It returns the
// checksum before and the norm after.
func (s *stepper) scaleRoot(step plan.Step, g *gradient.Gradient) (checksum uint32, norm float64) {
	factor := s.mean(step, g)
	if s.balance.method == nil && !s.conflict.sampled() {
		return s.scaler.Scale(g, factor)
	}
	for i, owner := range s.slots.owners {
		s.slots.factors[i] = float32(float64(factor) * s.slotFactor(step, owner))
	}
	return s.scaler.ScaleSlots(g, s.slots.factors)
}

// slotFactor returns the factor of the methods that balance tasks on a slot of the root. In joint mode the order's
// scale has applied the factors of training.balance to all slots, so slots of one task are divided by its factor. In
// sampled mode shared slots are multiplied.
func (s *stepper) slotFactor(step plan.Step, owner int) float64 {
	switch {
	case s.joint() && owner >= 0:
		return 1 / s.balance.factors[owner]
	case !s.joint() && owner == model.Shared:
		t := step.Streams[0].Tasks[0]
		return float64(s.balance.factors[t] * s.conflict.held[t])
	}
	return 1
}
