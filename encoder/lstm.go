package encoder

import (
	"strings"

	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// lstm is the encoder of kind lstm: layers of an LSTM, which read the input rows that the job
// describes.
type lstm struct {
	input  Encoder
	layers nn.LSTM
	cut    []nn.GradRange
	ranges []gradient.Range // those of the layers, as cut, then those of the input
}

// The groups of parameters.
const (
	lstmLayers = iota
	lstmInput  // the first of the input's groups
)

func newLSTM(s Spec) Encoder {
	l, input := s.Job.LSTM, newInput(s)
	e := &lstm{input: input, layers: nn.LSTM{In: input.Output().Width, Hidden: l.Hidden,
		Layers: l.Layers, Bidirectional: l.Bidirectional, Dropout: float32(l.Dropout),
		Locked: l.Locked, Recurrent: float32(l.RecurrentDropout), Place: placeWords + 1}}
	e.cut = e.layers.GradRanges()
	for _, r := range e.cut {
		e.ranges = append(e.ranges, gradient.Range{Slot: lstmLayers, Lo: r.Lo, Hi: r.Hi})
	}
	for _, r := range input.Ranges() {
		r.Slot += lstmInput
		e.ranges = append(e.ranges, r)
	}
	return e
}

func (e *lstm) Groups() []nn.GroupSpec {
	layers := nn.GroupSpec{Name: "encoder", Specs: nn.Prefix("lstm.", e.layers.Specs())}
	return append([]nn.GroupSpec{lstmLayers: layers}, e.input.Groups()...)
}

func (e *lstm) Output() Output { return perWord(e.layers.Out(), e.layers.Directions()) }

func (e *lstm) Ranges() []gradient.Range { return e.ranges }

func (e *lstm) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	return e.input.AppendRows(dst, table-lstmInput, c, example)
}

// Products: the first word of a text has no state before it, and no product with one.
func (e *lstm) Products(words, texts int) int {
	var states, inputs int
	for _, s := range e.layers.Specs() {
		switch {
		case strings.HasPrefix(s.Name, "weight_hh"):
			states += s.Size()
		case strings.HasPrefix(s.Name, "weight_ih"):
			inputs += s.Size()
		}
	}
	return inputs*words + states*(words-texts) + e.input.Products(words, texts)
}

func (e *lstm) NewWeights(backward bool) Weights {
	return &lstmWeights{lstm: e, input: e.input.NewWeights(backward), backward: backward}
}

func (e *lstm) NewPass() Pass { return &lstmPass{lstm: e, input: e.input.NewPass()} }

type lstmWeights struct {
	*lstm
	input    Weights
	backward bool
	params   []nn.Param // of the layers, of the newest Begin
	packed   nn.LSTMPacked
	own      int // pieces of the layers; those of the input follow
}

func (w *lstmWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	w.params, w.own = groups[lstmLayers].Params, 0
	if changed == nil || changed[lstmLayers] {
		w.own = w.layers.PackPieces(&w.packed, w.backward)
	}
	if changed != nil {
		changed = changed[lstmInput:]
	}
	return w.own + w.input.Begin(groups[lstmInput:], changed)
}

func (w *lstmWeights) Pack(piece int) {
	if piece < w.own {
		w.layers.PackPiece(&w.packed, w.params, piece)
		return
	}
	w.input.Pack(piece - w.own)
}

type lstmPass struct {
	*lstm
	input  Pass
	layers nn.LSTMState
}

func (p *lstmPass) Forward(w Weights, b *Block) (hidden []float32) {
	weights := w.(*lstmWeights)
	x := p.input.Forward(weights.input, b)
	p.layers.ForwardOnly, p.layers.Repeatable = b.Backwards == 0, b.Backwards > 1
	return p.lstm.layers.Forward(&p.layers, &weights.packed, b.Layout, x, b.Masks)
}

func (p *lstmPass) Backward(w Weights, dHidden []float32) {
	weights := w.(*lstmWeights)
	p.input.Backward(weights.input, p.lstm.layers.Backward(&p.layers, &weights.packed, dHidden))
}

func (p *lstmPass) Write(i, shard int, dst []float32) {
	if i < len(p.cut) {
		p.lstm.layers.WriteRange(&p.layers, shard, p.cut[i], dst)
		return
	}
	p.input.Write(i-len(p.cut), shard, dst)
}

func (p *lstmPass) Rows(table, shard int, dst *gradient.Rows) {
	p.input.Rows(table-lstmInput, shard, dst)
}
