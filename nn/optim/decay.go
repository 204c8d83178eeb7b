package optim

// Decay is weight decay as a penalty: Factor times the parameter is added to the gradient,
// and so passes through whatever follows in the chain (torch's weight_decay everywhere
// but in AdamW).
type Decay struct{ Factor float64 }

// Slots returns nothing.
func (Decay) Slots() []string { return nil }

// Apply adds the penalty's gradient.
func (d Decay) Apply(s *Slice) {
	factor := float32(d.Factor)
	for i, p := range s.Param {
		s.Update[i] += float32(factor * p)
	}
}

// Shrink is decoupled weight decay: parameters are multiplied by 1 - Rate·Factor, past
// whatever the chain makes of the gradient.
// Source: Loshchilov and Hutter 2019 (AdamW); with the learning rate in the product, as
// torch.optim.AdamW, not as the paper.
type Shrink struct{ Factor float64 }

// Slots returns nothing.
func (Shrink) Slots() []string { return nil }

// Apply shrinks the parameters.
func (d Shrink) Apply(s *Slice) {
	keep := float32(1 - float64(s.Rate*d.Factor))
	for i := range s.Param {
		s.Param[i] *= keep
	}
}
