package model

import (
	"braid/nn"
	"braid/task"
)

// Weights are one version of the parameters, packed in the order that the layers read them.
// Once packed they are read only and safe for any number of goroutines.
type Weights struct {
	arch     *Architecture
	backward bool         // packed for backward, too
	params   *nn.ParamSet // of the newest pack; tables are read from here
	lstm     nn.LSTMPacked
	heads    []*task.Weights
}

// NewWeights packs parameters for predictions: nothing is packed for backward. The parameters
// must not change as long as the weights are in use. Memory: about as many bytes as the
// parameters have without the tables.
func NewWeights(a *Architecture, ps *nn.ParamSet) *Weights {
	w := newWeights(a, false)
	for piece := range w.begin(ps, nil) {
		w.pack(piece)
	}
	return w
}

func newWeights(a *Architecture, backward bool) *Weights {
	w := &Weights{arch: a, backward: backward}
	for _, h := range a.heads {
		w.heads = append(w.heads, h.NewWeights())
	}
	return w
}

// begin starts to pack ps and returns the number of pieces that remain to be packed by calls of
// pack, which goroutines may share. changed says by group what differs from the version before;
// nil means everything.
func (w *Weights) begin(ps *nn.ParamSet, changed []bool) (pieces int) {
	all := changed == nil || w.params == nil
	w.params = ps
	for t, h := range w.heads {
		if all || changed[nn.GroupHeads+t] {
			h.Pack(ps.Groups[nn.GroupHeads+t].Params, w.backward)
		}
	}
	if all || changed[nn.GroupEncoder] {
		return w.arch.lstm.PackPieces(&w.lstm, w.backward)
	}
	return 0
}

func (w *Weights) pack(piece int) {
	w.arch.lstm.PackPiece(&w.lstm, w.params.Groups[nn.GroupEncoder].Params, piece)
}
