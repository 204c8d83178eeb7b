package encoder

import (
	"strconv"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// lstm is the encoder of kind lstm: layers of an LSTM, which read the input rows that the job
// describes.
type lstm struct {
	input  Encoder
	layers *layers
	ranges []gradient.Range // those of the layers, then those of the input
}

// The groups of parameters.
const (
	lstmLayers = iota
	lstmInput  // the first of the input's groups
)

func newLSTM(s Spec) Encoder { return newLowerLSTM(s, s.Job.LSTM.Layers) }

// newLowerLSTM returns the encoder without the layers from the given one on.
func newLowerLSTM(s Spec, layers int) *lstm {
	input := newInput(s)
	e := &lstm{input: input, layers: sharedLayers(s.Job.LSTM, input.Output().Width, 0, layers)}
	e.ranges = append(e.ranges, e.layers.ranges...)
	for _, r := range input.Ranges() {
		r.Slot += lstmInput
		e.ranges = append(e.ranges, r)
	}
	return e
}

// lstmGroup is the name of the group of the layers.
const lstmGroup = "encoder"

// sharedLayers returns layers lo to hi-1 of the job's, over rows of the given width.
func sharedLayers(l job.LSTM, width, lo, hi int) *layers {
	name := lstmGroup
	if lo > 0 {
		name += "." + strconv.Itoa(lo+1)
	}
	return newLayers(name, lstmGroup, nn.LSTM{In: width, Hidden: l.Hidden, Layers: hi - lo, First: lo,
		Bidirectional: l.Bidirectional, Dropout: float32(l.Dropout), Locked: l.Locked,
		Recurrent: float32(l.RecurrentDropout), Place: placeWords + 1})
}

func (e *lstm) Groups() []nn.GroupSpec { return append(e.layers.Groups(), e.input.Groups()...) }

func (e *lstm) Output() Output { return e.layers.Output() }

func (e *lstm) Ranges() []gradient.Range { return e.ranges }

func (e *lstm) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	return e.input.AppendRows(dst, table-lstmInput, c, example)
}

func (e *lstm) Products(words, texts int) int {
	return e.layers.Products(words, texts) + e.input.Products(words, texts)
}

func (e *lstm) NewWeights(backward bool) Weights {
	return &lstmWeights{input: e.input.NewWeights(backward), layers: e.layers.NewWeights(backward)}
}

func (e *lstm) NewPass() Pass {
	return &lstmPass{lstm: e, input: e.input.NewPass(), layers: layersPass{layers: e.layers}}
}

type lstmWeights struct {
	input, layers Weights
	own           int // pieces of the layers; those of the input follow
}

func (w *lstmWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	above, below := changed, changed
	if changed != nil {
		above, below = changed[:lstmInput], changed[lstmInput:]
	}
	w.own = w.layers.Begin(groups[:lstmInput], above)
	return w.own + w.input.Begin(groups[lstmInput:], below)
}

func (w *lstmWeights) Pack(piece int) {
	if piece < w.own {
		w.layers.Pack(piece)
		return
	}
	w.input.Pack(piece - w.own)
}

type lstmPass struct {
	*lstm
	input  Pass
	layers layersPass
	block  Block
}

func (p *lstmPass) Forward(w Weights, b *Block) (hidden []float32) {
	weights := w.(*lstmWeights)
	p.block = *b
	p.block.Rows = p.input.Forward(weights.input, b)
	return p.layers.Forward(weights.layers, &p.block)
}

func (p *lstmPass) Backward(w Weights, dHidden []float32) {
	weights := w.(*lstmWeights)
	p.layers.Backward(weights.layers, dHidden)
	p.input.Backward(weights.input, p.layers.dRows)
}

func (p *lstmPass) Write(i, shard int, dst []float32) {
	if own := len(p.layers.cut); i >= own {
		p.input.Write(i-own, shard, dst)
		return
	}
	p.layers.Write(i, shard, dst)
}

func (p *lstmPass) Rows(table, shard int, dst *gradient.Rows) {
	p.input.Rows(table-lstmInput, shard, dst)
}
