package optim

import (
	"fmt"

	"braid/internal/kernel"
	"braid/nn"
)

// Averaging is the mean of the parameters over updates, where older parameters weigh less:
//
//	mean(T) = Σ decay^(T-t) p(t) / Σ decay^(T-t)    t = 1 … T
//
// p(t) are the parameters after update From+t. So the mean is that of an exponential moving average
// with bias correction: it starts at p(1), and early means are nearly plain ones. With decay 1 it is
// the plain mean. Updates and the training itself do not read it.
//
// torch.optim.swa_utils.AveragedModel takes the plain mean; other means are its avg_fn.
// Source: Polyak and Juditsky 1992; bias correction as Kingma and Ba 2015, section 3.
type Averaging struct {
	Decay float64 // 0: off; at most 1
	From  uint64  // updates before the first one that counts
}

// slotAverage is how far parameters are from their mean, p - mean, over Averaging.scale. An update that
// changes p by Δ makes p - mean (1-w)(p - mean + Δ), where w is the weight of the newest parameters.
// The factors 1-w are the same for all parameters and are kept out of the slot, so that an update
// leaves the slots of untouched rows alone.
const slotAverage = "average"

// smallest bounds the factor decay^n that is kept out of a slot. Slots are float32, so that their
// precision does not depend on it.
const smallest = 1.0 / (1 << 30)

func (a Averaging) on() bool { return a.Decay > 0 }

// block is the number of updates after which slots are rescaled: the largest n with decay^n ≥
// smallest, at least 1; 0: never.
func (a Averaging) block() uint64 {
	if a.Decay >= 1 {
		return 0
	}
	long := func(n uint64) bool { return power(a.Decay, n) < smallest }
	n := uint64(1)
	for !long(2 * n) {
		n *= 2
	}
	for step := n / 2; step > 0; step /= 2 {
		if !long(n + step) {
			n += step
		}
	}
	return n
}

// scale is the factor of the slots after T means in a block that begins after mean first:
// decay^(T-first) (1-decay)/(1-decay^T), or 1/T.
func (a Averaging) scale(t, first uint64) float64 {
	if a.Decay >= 1 {
		return 1 / float64(t)
	}
	return power(a.Decay, t-first) * (1 - a.Decay) / (1 - power(a.Decay, t))
}

// averager is the state of Averaging in an Optimizer.
type averager struct {
	Averaging
	length  uint64  // of a block
	updates uint64  // all updates, with those before From
	scale   float32 // of the increments of the current update; 0: they do not count
}

// first returns the mean with which the block of mean T begins.
func (a *averager) first(t uint64) uint64 {
	if a.length == 0 || t < 2 {
		return 1
	}
	return 1 + (t-2)/a.length*a.length
}

// begin counts an update, and reports whether its block is new, so that slots must be rescaled by
// decay^length before it.
func (a *averager) begin() (rescale bool) {
	a.updates++
	a.scale = 0
	if !a.on() || a.updates <= a.From+1 {
		return false
	}
	t := a.updates - a.From
	first := a.first(t)
	a.scale = float32(1 / a.Averaging.scale(t-1, first))
	return t > 2 && t-1 == first
}

// add adds the increment of an update, after - before, to the slot.
func (a *averager) add(slot, before, after []float32) {
	scale := a.scale
	for i, p := range after {
		slot[i] += float32(float32(p-before[i]) * scale)
	}
}

// Mean sets dst to the mean of the parameters, which are ps now. dst may be ps. s is the state of an
// Optimizer with this Averaging. Before the first mean, and without Averaging, dst becomes ps.
// Mean panics if s is of other groups.
func (a Averaging) Mean(dst, ps *nn.ParamSet, s State) {
	if dst != ps {
		dst.CopyFrom(ps)
	}
	if !a.on() || s.Updates <= a.From+1 {
		return
	}
	at := averager{Averaging: a, length: a.block()}
	t := s.Updates - a.From
	scale := float32(a.scale(t, at.first(t)))
	for _, g := range dst.Groups {
		slot := s.tensor(g.Name + "." + slotAverage)
		kernel.Axpy(-scale, slot, g.Data[:len(slot)]) // the mean of frozen rows is the rows
	}
}

// tensor returns the numbers of a tensor.
func (s State) tensor(name string) []float32 {
	for _, t := range s.Tensors {
		if t.Name == name {
			return t.Data
		}
	}
	panic(fmt.Sprintf("optim: state without tensor %q", name))
}
