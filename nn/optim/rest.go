package optim

import (
	"braid/gradient"
	"braid/internal/kernel"
)

// The last two slots of a group with rounded updates.
const (
	slotRest  = "rest"  // what is still to be added
	slotAdded = "added" // what the last update added: bfloat16, as it travels
)

// join begins an update: the chain finds parameters with what is still to be added.
func (w *worker) join(o *Optimizer, param []float32) {
	if o.config.Precision != gradient.BF16 {
		return
	}
	w.before = grow(w.before, len(param))
	copy(w.before, param)
	kernel.AddTo(param, w.slots[len(w.slots)-2])
}

// split ends it: of what the chain has added, param gets the part that travels, in the one
// addition that every worker does, too.
func (w *worker) split(o *Optimizer, param []float32) {
	if o.config.Precision != gradient.BF16 {
		return
	}
	kernel.Split(param, w.before, w.slots[len(w.slots)-2], w.slots[len(w.slots)-1])
}
