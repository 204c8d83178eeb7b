package optim

// Transform is one word of an update rule. It rewrites a slice of an update in place,
// element by element: no element sees another, so slices may be cut anywhere.
type Transform interface {
	// Slots names the numbers that it keeps for each parameter; they start at 0.
	Slots() []string
	// Apply rewrites s.Update and its slots.
	Apply(s *Slice)
}

// Slice is a run of parameters of one group while they are updated.
type Slice struct {
	Update []float32   // the gradient, then what the chain has made of it; the caller's own
	Param  []float32   // the parameters; only Descend and decoupled decay write them
	Slots  [][]float32 // of the Transform that is called, as it named them
	Step   uint64      // updates of the group, this one included: from 1
	Rate   float64     // learning rate times the schedule's factor
}

// Descend ends every chain: it takes a step of Rate against the update.
type Descend struct{}

// Slots returns nothing: plain descent remembers nothing.
func (Descend) Slots() []string { return nil }

// Apply moves the parameters.
func (Descend) Apply(s *Slice) {
	rate := float32(s.Rate)
	for i, u := range s.Update {
		s.Param[i] -= float32(rate * u)
	}
}
