package encoder

import (
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// char is the encoder whose rows are computed from the spelling of the words: see nn.CharCNN. It
// reads the input "characters". A word that training replaces by an unknown one keeps its spelling.
type char struct {
	cnn    nn.CharCNN
	names  []string // of the characters from id 1 on
	column int      // of the corpus
	ranges []gradient.Range
}

// The groups of parameters.
const (
	charFilters = iota
	charTable
)

// charRange is the size of a range of the filters' gradient, in numbers.
const charRange = 1 << 13

// newChar returns the character encoder of a job; nil if encoder.char.kind is off.
func newChar(s Spec) Encoder {
	column := slices.Index(s.Job.Inputs(), data.Characters)
	if s.Job.Char.Kind != job.CharConv || column < 0 {
		return nil
	}
	in, c := s.Input(data.Characters), s.Job.Char
	e := &char{cnn: nn.CharCNN{Characters: in.Size(), Dim: c.Dim, Filters: c.Filters, Width: c.Width},
		names: in.Entries(), column: column}
	for lo := 0; lo < e.cnn.Size(); lo += charRange {
		e.ranges = append(e.ranges, gradient.Range{Slot: charFilters, Lo: lo, Hi: min(lo+charRange, e.cnn.Size())})
	}
	return e
}

func (e *char) Groups() []nn.GroupSpec {
	row := func(id int) string {
		if id == 0 {
			return "unknown"
		}
		return e.names[id-1]
	}
	return []nn.GroupSpec{
		charFilters: {Name: "char", Specs: nn.Prefix("conv.", e.cnn.Specs())},
		charTable:   {Name: "character", Specs: []nn.Spec{e.cnn.Table()}, Table: true, Row: row},
	}
}

func (e *char) Output() Output { return perWord(e.cnn.Filters, 1) }

func (e *char) Ranges() []gradient.Range { return e.ranges }

func (e *char) AppendRows(dst []uint32, _ int, c *data.Corpus, example uint32) []uint32 {
	column := &c.Columns[e.column]
	return append(dst, column.IDs[column.Off[c.Offsets[example]]:column.Off[c.Offsets[example+1]]]...)
}

// Products: the products of characters and filters are computed once per version of the
// parameters, not per word.
func (e *char) Products(_, _ int) int { return 0 }

func (e *char) NewWeights(backward bool) Weights { return &charWeights{char: e, backward: backward} }

func (e *char) NewPass() Pass { return &charPass{char: e} }

type charWeights struct {
	*char
	backward bool
	table    []float32 // of the newest Begin, where it lies
	packed   nn.CharCNNPacked
}

func (w *charWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	w.table = groups[charTable].Data
	if changed != nil && !changed[charFilters] && !changed[charTable] {
		return 0
	}
	return w.cnn.PackPieces(&w.packed, groups[charFilters].Params, w.backward)
}

func (w *charWeights) Pack(piece int) { w.cnn.PackPiece(&w.packed, w.table, piece) }

type charPass struct {
	*char
	state  nn.CharCNNState
	block  *Block
	bags   nn.Bags
	shards []charGradient
}

// charGradient is a shard's gradient.
type charGradient struct {
	filters []float32
	table   gradient.Rows
}

func (p *charPass) Forward(w Weights, b *Block) (y []float32) {
	p.block = b
	column := &b.Corpus.Columns[p.column]
	p.bags.Off, p.bags.IDs, p.bags.At = column.Off, column.IDs, appendPlaces(p.bags.At[:0], b)
	return p.cnn.Forward(&p.state, &w.(*charWeights).packed, &p.bags)
}

func (p *charPass) Backward(w Weights, dy []float32) {
	weights := w.(*charWeights)
	for len(p.shards) < p.block.Layout.S() {
		p.shards = append(p.shards, charGradient{filters: make([]float32, p.cnn.Size())})
	}
	for shard, rows := range p.block.Layout.Rows {
		g := &p.shards[shard]
		g.table.IDs, g.table.Data = p.cnn.Weights(&p.state, &weights.packed, weights.table, dy, rows, g.filters,
			g.table.IDs[:0], g.table.Data[:0])
	}
}

func (p *charPass) Write(i, shard int, dst []float32) {
	r := p.ranges[i]
	copy(dst, p.shards[shard].filters[r.Lo:r.Hi])
}

func (p *charPass) Rows(_, shard int, dst *gradient.Rows) {
	from := &p.shards[shard].table
	dst.IDs, dst.Data = append(dst.IDs[:0], from.IDs...), append(dst.Data[:0], from.Data...)
}
