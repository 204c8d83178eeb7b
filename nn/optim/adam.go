package optim

import "math"

// Adam divides a running mean of the gradient by the root of a running mean of its
// square, both corrected for their start at 0:
//
//	m = β1 m + (1-β1) g        v = β2 v + (1-β2) g²
//	update = m/(1-β1^step) / (√v/√(1-β2^step) + ε)
//
// ε stands outside the root and is not corrected, as in torch.optim.Adam.
// Source: Kingma and Ba 2015, algorithm 1.
type Adam struct{ Beta1, Beta2, Eps float64 }

// Slots names the two moments.
func (Adam) Slots() []string { return []string{"m", "v"} }

// Apply updates the moments and divides.
func (a Adam) Apply(s *Slice) {
	m, v := s.Slots[0], s.Slots[1]
	beta1, rest1 := float32(a.Beta1), float32(1-a.Beta1)
	beta2, rest2 := float32(a.Beta2), float32(1-a.Beta2)
	correct1 := float32(1 / (1 - power(a.Beta1, s.Step)))
	correct2 := float32(1 / math.Sqrt(1-power(a.Beta2, s.Step)))
	eps := float32(a.Eps)
	for i, g := range s.Update {
		m[i] = float32(beta1*m[i]) + float32(rest1*g)
		v[i] = float32(beta2*v[i]) + float32(rest2*float32(g*g))
		root := float32(math.Sqrt(float64(v[i])))
		s.Update[i] = float32(m[i]*correct1) / (float32(root*correct2) + eps)
	}
}
