package encoder

import (
	"strings"

	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// lstm is the encoder of kind lstm: the word embedding, to which that of features is added, then
// layers of an LSTM.
type lstm struct {
	words    *Words
	features *Features // nil if the job has none
	layers   nn.LSTM
	cut      []nn.GradRange
	ranges   []gradient.Range
}

// The groups of parameters.
const (
	lstmLayers = iota
	lstmWords
	lstmFeatures // missing if the job has none
)

func newLSTM(s Spec) Encoder {
	l := s.Job.LSTM
	e := &lstm{words: NewWords(s), features: NewFeatures(s), layers: nn.LSTM{In: s.Job.Word.Dim, Hidden: l.Hidden,
		Layers: l.Layers, Bidirectional: l.Bidirectional, Dropout: float32(l.Dropout), Place: placeWords + 1}}
	e.cut = e.layers.GradRanges()
	for _, r := range e.cut {
		e.ranges = append(e.ranges, gradient.Range{Slot: lstmLayers, Lo: r.Lo, Hi: r.Hi})
	}
	return e
}

func (e *lstm) Groups() []nn.GroupSpec {
	groups := []nn.GroupSpec{
		lstmLayers: {Name: "encoder", Specs: nn.Prefix("lstm.", e.layers.Specs())},
		lstmWords:  e.words.Group(),
	}
	if e.features != nil {
		groups = append(groups, e.features.Group())
	}
	return groups
}

func (e *lstm) Output() Output { return perWord(e.layers.Out(), e.layers.Directions()) }

func (e *lstm) Ranges() []gradient.Range { return e.ranges }

func (e *lstm) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	if table == lstmFeatures {
		return e.features.AppendRows(dst, c, example)
	}
	return e.words.AppendRows(dst, c, example)
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
	return inputs*words + states*(words-texts)
}

func (e *lstm) NewWeights(backward bool) Weights { return &lstmWeights{lstm: e, backward: backward} }

func (e *lstm) NewPass() Pass { return &lstmPass{lstm: e} }

type lstmWeights struct {
	*lstm
	backward bool
	groups   []*nn.Group // of the newest Begin; tables are read from here
	packed   nn.LSTMPacked
}

func (w *lstmWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	w.groups = groups
	if changed != nil && !changed[lstmLayers] {
		return 0
	}
	return w.layers.PackPieces(&w.packed, w.backward)
}

func (w *lstmWeights) Pack(piece int) {
	w.layers.PackPiece(&w.packed, w.groups[lstmLayers].Params, piece)
}

type lstmPass struct {
	*lstm
	words    WordsPass
	features FeaturesPass
	layers   nn.LSTMState
}

func (p *lstmPass) Forward(w Weights, b *Block) (hidden []float32) {
	weights := w.(*lstmWeights)
	x := p.lstm.words.LookUp(&p.words, weights.groups[lstmWords].Data, b)
	if p.lstm.features != nil {
		p.lstm.features.Forward(&p.features, weights.groups[lstmFeatures].Data, b, x)
	}
	p.lstm.words.Drop(&p.words, x)
	p.layers.ForwardOnly, p.layers.Repeatable = b.Backwards == 0, b.Backwards > 1
	return p.lstm.layers.Forward(&p.layers, &weights.packed, b.Layout, x, b.Masks)
}

func (p *lstmPass) Backward(w Weights, dHidden []float32) {
	dx := p.lstm.layers.Backward(&p.layers, &w.(*lstmWeights).packed, dHidden)
	p.lstm.words.Backward(&p.words, dx)
}

func (p *lstmPass) Write(i, shard int, dst []float32) {
	p.lstm.layers.WriteRange(&p.layers, shard, p.cut[i], dst)
}

func (p *lstmPass) Rows(table, shard int, dst *gradient.Rows) {
	if table == lstmFeatures {
		p.lstm.features.Rows(&p.features, p.words.dx, p.words.block.Layout.Rows[shard], dst)
		return
	}
	p.lstm.words.Rows(&p.words, shard, dst)
}
