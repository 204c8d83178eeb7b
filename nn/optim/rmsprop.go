package optim

import "math"

// RMSprop divides the gradient by the root of a running mean of its square,
// v = α v + (1-α) g², update = g/(√v + ε), with ε outside the root as in torch.optim.RMSprop
// (not centred). Torch's momentum option is a Momentum after this.
// Source: Tieleman and Hinton 2012, lecture 6e.
type RMSprop struct{ Alpha, Eps float64 }

// Slots names the running mean.
func (RMSprop) Slots() []string { return []string{"v"} }

// Apply updates the mean and divides.
func (r RMSprop) Apply(s *Slice) {
	v := s.Slots[0]
	alpha, rest, eps := float32(r.Alpha), float32(1-r.Alpha), float32(r.Eps)
	for i, g := range s.Update {
		v[i] = float32(alpha*v[i]) + float32(rest*float32(g*g))
		s.Update[i] = g / (float32(math.Sqrt(float64(v[i]))) + eps)
	}
}
