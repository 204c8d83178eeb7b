package optim

// Momentum replaces the gradient by a running sum, b = Factor·b + g, as torch.optim.SGD without
// dampening: the learning rate stays outside the sum. With Nesterov the update is g + Factor·b.
// Source: Polyak 1964; Sutskever et al. 2013.
type Momentum struct {
	Factor   float64
	Nesterov bool
}

// Slots names the running sum.
func (Momentum) Slots() []string { return []string{"momentum"} }

// Apply adds to the running sum and replaces the gradient by it.
func (m Momentum) Apply(s *Slice) {
	factor, sum := float32(m.Factor), s.Slots[0]
	for i, g := range s.Update {
		b := float32(factor*sum[i]) + g
		sum[i] = b
		if m.Nesterov {
			b = g + float32(factor*b)
		}
		s.Update[i] = b
	}
}
