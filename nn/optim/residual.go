package optim

import (
	"braid/gradient"
	"braid/internal/kernel"
)

// The last two slots of a group whose updates are rounded.
const (
	slotResidual = "rest"  // rounding error that the next update adds; the name in checkpoints
	slotSent     = "added" // increments of the last update, bfloat16
)

// addResidual adds the residual to param before the chain runs.
func (w *worker) addResidual(o *Optimizer, param []float32) {
	if o.config.Precision != gradient.BF16 {
		return
	}
	w.before = grow(w.before, len(param))
	copy(w.before, param)
	kernel.AddTo(param, w.slots[len(w.slots)-2])
}

// roundUpdate rounds the increment that the chain and the residual give. param becomes its value
// before the update plus the rounded increment, the same addition that every worker makes; the
// rounding error becomes the residual.
func (w *worker) roundUpdate(o *Optimizer, param []float32) {
	if o.config.Precision != gradient.BF16 {
		return
	}
	kernel.Split(param, w.before, w.slots[len(w.slots)-2], w.slots[len(w.slots)-1])
}
