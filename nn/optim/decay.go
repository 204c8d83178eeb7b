package optim

// Decay is weight decay as a penalty: it adds Factor times the parameter to the gradient, before
// the rest of the chain (torch's weight_decay everywhere except in AdamW).
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

// Shrink is decoupled weight decay: it multiplies parameters by 1 - Rate·Factor and does
// not read the gradient. The learning rate is in the product, as in torch.optim.AdamW and not as in the paper.
// Source: Loshchilov and Hutter 2019 (AdamW).
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
