package optim

import "math"

// Adagrad divides the gradient by the root of the sum of all its squares so far, v = v + g²,
// update = g/(√v + ε), as torch.optim.Adagrad without lr_decay. An element whose gradient is 0 does
// not change, so sparse and dense updates of a table agree.
// Source: Duchi, Hazan, Singer 2011.
type Adagrad struct{ Eps float64 }

// Slots names the sum.
func (Adagrad) Slots() []string { return []string{"v"} }

// Apply adds to the sum and divides.
func (a Adagrad) Apply(s *Slice) {
	v, eps := s.Slots[0], float32(a.Eps)
	for i, g := range s.Update {
		v[i] += float32(g * g)
		s.Update[i] = g / (float32(math.Sqrt(float64(v[i]))) + eps)
	}
}
