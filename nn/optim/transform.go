package optim

// Transform is one part of an update rule. It rewrites a slice of an update in place, element by
// element. An element must not depend on another, so that slices can be cut anywhere.
type Transform interface {
	// Slots names the numbers that it keeps for each parameter. They start at 0.
	Slots() []string
	// Apply rewrites s.Update and its slots.
	Apply(s *Slice)
}

// Slice is a run of parameters of one group while they are updated.
type Slice struct {
	Update []float32   // the gradient, rewritten by each transform
	Param  []float32   // the parameters; only Descend and Shrink write them
	Slots  [][]float32 // of this Transform, in the order of its Slots
	Step   uint64      // updates of the group including this one, ≥ 1
	Rate   float64     // learning rate times the schedule's factor
}

// Descend ends every chain: it takes a step of Rate against the update.
type Descend struct{}

// Slots returns nothing.
func (Descend) Slots() []string { return nil }

// Apply moves the parameters.
func (Descend) Apply(s *Slice) {
	rate := float32(s.Rate)
	for i, u := range s.Update {
		s.Param[i] -= float32(rate * u)
	}
}
