package model

import (
	"braid/encoder"
	"braid/nn"
	"braid/task"
)

// Weights are one version of the parameters, packed in the order that the layers read them.
// Once packed they are read only and safe for any number of goroutines.
type Weights struct {
	arch     *Architecture
	backward bool // packed for backward, too
	packed   bool // at least once
	encoder  *encoder.NetworkWeights
	heads    []*task.Weights
}

// NewWeights packs parameters for predictions: nothing is packed for backward. The parameters
// must not change as long as the weights are in use. Memory: about as many bytes as the
// parameters have without the tables.
func NewWeights(a *Architecture, ps *nn.ParamSet) *Weights {
	w := newWeights(a, false)
	for piece := range w.begin(ps, nil) {
		w.encoder.Pack(piece)
	}
	return w
}

func newWeights(a *Architecture, backward bool) *Weights {
	w := &Weights{arch: a, backward: backward, encoder: a.encoder.NewWeights(backward)}
	for _, h := range a.heads {
		w.heads = append(w.heads, h.NewWeights())
	}
	return w
}

// begin starts to pack ps and returns the number of pieces of the encoder that remain to be
// packed, which goroutines may share. changed marks the groups that differ from the version before;
// nil marks all.
func (w *Weights) begin(ps *nn.ParamSet, changed []bool) (pieces int) {
	if !w.packed {
		changed, w.packed = nil, true
	}
	for t, h := range w.heads {
		if g := w.arch.head(t); changed == nil || changed[g] {
			h.Pack(ps.Groups[g].Params, w.backward)
		}
	}
	first := w.arch.first
	if changed != nil {
		changed = changed[:first]
	}
	return w.encoder.Begin(ps.Groups[:first], changed)
}
