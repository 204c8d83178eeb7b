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

// begin keeps param as it is before the chain runs, if that is needed later, and adds the residual.
func (w *worker) begin(o *Optimizer, param []float32) {
	rounds := o.config.Precision == gradient.BF16
	if rounds || o.average.scale != 0 {
		w.before = grow(w.before, len(param))
		copy(w.before, param)
	}
	if rounds {
		kernel.AddTo(param, w.slots[len(w.slots)-2])
	}
}

// end rounds the update that the chain gave, and adds it to the average.
func (w *worker) end(o *Optimizer, param []float32) {
	w.roundUpdate(o, param)
	if o.average.scale != 0 {
		o.average.add(w.slots[o.averages], w.before, param)
	}
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
