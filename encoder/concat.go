package encoder

import (
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/nn"
)

// concat is the encoder whose rows are those of its parts side by side, with dropout: the input rows
// of an encoder with layers. A part is an encoder with one row per word. The groups and ranges of the
// parts follow each other in the order of the parts.
type concat struct {
	parts []Encoder
	drop  inputDropout

	// The first column, group and range of each part; one entry more, which is their number.
	columns, groups, ranges []int
}

// newInput returns the input rows that the job describes: the vectors of the words, and those of
// their spelling.
func newInput(s Spec) Encoder {
	parts := []Encoder{newEmbedding(s)}
	if c := newChar(s); c != nil {
		parts = append(parts, c)
	}
	return newConcat(dropoutOf(s.Job.Word), append(parts, newColumns(s)...)...)
}

func newConcat(drop inputDropout, parts ...Encoder) *concat {
	c := &concat{parts: parts, drop: drop, columns: []int{0}, groups: []int{0}, ranges: []int{0}}
	for k, part := range parts {
		c.columns = append(c.columns, c.columns[k]+part.Output().Width)
		c.groups = append(c.groups, c.groups[k]+len(part.Groups()))
		c.ranges = append(c.ranges, c.ranges[k]+len(part.Ranges()))
	}
	return c
}

func (c *concat) width() int { return c.columns[len(c.parts)] }

func (c *concat) Groups() (groups []nn.GroupSpec) {
	for _, part := range c.parts {
		groups = append(groups, part.Groups()...)
	}
	return groups
}

func (c *concat) Output() Output { return perWord(c.width(), 1) }

func (c *concat) Ranges() (ranges []gradient.Range) {
	for k, part := range c.parts {
		for _, r := range part.Ranges() {
			r.Slot += c.groups[k]
			ranges = append(ranges, r)
		}
	}
	return ranges
}

func (c *concat) AppendRows(dst []uint32, table int, corpus *data.Corpus, example uint32) []uint32 {
	k, own := find(c.groups, table)
	return c.parts[k].AppendRows(dst, own, corpus, example)
}

func (c *concat) Products(words, texts int) (n int) {
	for _, part := range c.parts {
		n += part.Products(words, texts)
	}
	return n
}

func (c *concat) NewWeights(backward bool) Weights {
	var parts []Weights
	for _, part := range c.parts {
		parts = append(parts, part.NewWeights(backward))
	}
	w := newJoinedWeights(parts, c.groups)
	return &w
}

func (c *concat) NewPass() Pass {
	p := &concatPass{concat: c, dPart: make([][]float32, len(c.parts))}
	for _, part := range c.parts {
		p.parts = append(p.parts, part.NewPass())
	}
	return p
}

type concatPass struct {
	*concat
	parts []Pass
	block *Block
	x, dx []float32   // (N, W)
	dPart [][]float32 // by part: its columns of dx
}

func (p *concatPass) Forward(w Weights, b *Block) (x []float32) {
	p.block = b
	n, width := b.Layout.N(), p.width()
	p.x = slices.Grow(p.x[:0], n*width)[:n*width]
	for k, part := range p.parts {
		hidden, lo, own := part.Forward(w.(*joinedWeights).parts[k], b), p.columns[k], p.columns[k+1]-p.columns[k]
		for r := range n {
			copy(p.x[r*width+lo:], hidden[r*own:(r+1)*own])
		}
	}
	if b.Masks != nil {
		p.drop.apply(p.x, p.x, b.Layout, width, b.Masks)
	}
	return p.x
}

func (p *concatPass) Backward(w Weights, dx []float32) {
	n, width := p.block.Layout.N(), p.width()
	p.dx = slices.Grow(p.dx[:0], len(dx))[:len(dx)]
	p.drop.apply(p.dx, dx, p.block.Layout, width, p.block.Masks)
	for k, part := range p.parts {
		lo, hi, own := p.columns[k], p.columns[k+1], p.dPart[k][:0]
		for r := range n {
			own = append(own, p.dx[r*width+lo:r*width+hi]...)
		}
		part.Backward(w.(*joinedWeights).parts[k], own)
		p.dPart[k] = own
	}
}

func (p *concatPass) Write(i, shard int, dst []float32) {
	k, own := find(p.ranges, i)
	p.parts[k].Write(own, shard, dst)
}

func (p *concatPass) Rows(table, shard int, dst *gradient.Rows) {
	k, own := find(p.groups, table)
	p.parts[k].Rows(own, shard, dst)
}
