package encoder

import (
	"strings"

	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// layers is recurrent layers as an encoder without words: it reads Block.Rows, the hidden states of the
// encoder below. It has one group of parameters.
type layers struct {
	lstm   nn.LSTM
	group  nn.GroupSpec
	cut    []nn.GradRange
	ranges []gradient.Range // as cut
}

// newLayers returns layers whose group has the given name and starts with the values of another name.
func newLayers(name, startAs string, m nn.LSTM) *layers {
	e := &layers{lstm: m, cut: m.GradRanges(),
		group: nn.GroupSpec{Name: name, StartAs: startAs, Specs: nn.Prefix("lstm.", m.Specs())}}
	for _, r := range e.cut {
		e.ranges = append(e.ranges, gradient.Range{Lo: r.Lo, Hi: r.Hi})
	}
	return e
}

func (e *layers) Groups() []nn.GroupSpec { return []nn.GroupSpec{e.group} }

func (e *layers) Output() Output { return perWord(e.lstm.Out(), e.lstm.Directions()) }

func (e *layers) Ranges() []gradient.Range { return e.ranges }

func (e *layers) AppendRows([]uint32, int, *data.Corpus, uint32) []uint32 {
	panic("encoder: layers have no table")
}

// Products: the first word of a text has no state before it, and no product with one.
func (e *layers) Products(words, texts int) int {
	var states, inputs int
	for _, s := range e.group.Specs {
		switch {
		case strings.Contains(s.Name, "weight_hh"):
			states += s.Size()
		case strings.Contains(s.Name, "weight_ih"):
			inputs += s.Size()
		}
	}
	return inputs*words + states*(words-texts)
}

func (e *layers) NewWeights(backward bool) Weights {
	return &layersWeights{layers: e, backward: backward}
}

func (e *layers) NewPass() Pass { return &layersPass{layers: e} }

type layersWeights struct {
	*layers
	backward bool
	params   []nn.Param // of the newest Begin
	packed   nn.LSTMPacked
}

func (w *layersWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	w.params = groups[0].Params
	if changed != nil && !changed[0] {
		return 0
	}
	return w.lstm.PackPieces(&w.packed, w.backward)
}

func (w *layersWeights) Pack(piece int) { w.lstm.PackPiece(&w.packed, w.params, piece) }

type layersPass struct {
	*layers
	state nn.LSTMState
	dRows []float32 // gradient of Block.Rows, of the latest Backward
}

func (p *layersPass) Forward(w Weights, b *Block) (hidden []float32) {
	p.state.ForwardOnly, p.state.Repeatable = b.Backwards == 0, b.Backwards > 1
	return p.lstm.Forward(&p.state, &w.(*layersWeights).packed, b.Layout, b.Rows, b.Masks)
}

func (p *layersPass) Backward(w Weights, dHidden []float32) {
	p.dRows = p.lstm.Backward(&p.state, &w.(*layersWeights).packed, dHidden)
}

func (p *layersPass) Write(i, shard int, dst []float32) {
	p.lstm.WriteRange(&p.state, shard, p.cut[i], dst)
}

func (p *layersPass) Rows(int, int, *gradient.Rows) { panic("encoder: layers have no table") }
