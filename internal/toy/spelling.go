package toy

import (
	"braid/data"
	"braid/encoder"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// spelling is an encoder that adds to the vector of each word the mean of the vectors of its
// characters. So words that are not in the vocabulary have different hidden states if they are
// spelled differently. It has two tables and no dense parameters.
type spelling struct {
	words      *encoder.Words
	characters nn.Embedding
	names      []string // of the characters from id 1 on
}

// The groups of parameters, which are both tables.
const (
	spellingWords = iota
	spellingCharacters
)

func newSpelling(s encoder.Spec) encoder.Encoder {
	in := s.Input("characters")
	return &spelling{encoder.NewWords(s), nn.Embedding{Rows: in.Size(), Dim: s.Job.Word.Dim}, in.Entries()}
}

func (e *spelling) Groups() []nn.GroupSpec {
	row := func(id int) string {
		if id == 0 {
			return "unknown"
		}
		return e.names[id-1]
	}
	return []nn.GroupSpec{
		spellingWords:      e.words.Group(),
		spellingCharacters: {Name: "character", Specs: []nn.Spec{e.characters.Spec()}, Table: true, Row: row},
	}
}

func (e *spelling) Output() encoder.Output {
	return encoder.Output{Width: e.characters.Dim, Per: job.PerWord, Directions: 1}
}

func (e *spelling) Ranges() []gradient.Range { return nil }

func (e *spelling) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	if table == spellingWords {
		return e.words.AppendRows(dst, c, example)
	}
	column := &c.Columns[0]
	return append(dst, column.IDs[column.Off[c.Offsets[example]]:column.Off[c.Offsets[example+1]]]...)
}

func (e *spelling) Products(_, _ int) int { return 0 }

func (e *spelling) NewWeights(bool) encoder.Weights { return &spellingWeights{} }

func (e *spelling) NewPass() encoder.Pass { return &spellingPass{spelling: e} }

// spellingWeights reads the tables where they are.
type spellingWeights struct{ groups []*nn.Group }

func (w *spellingWeights) Begin(groups []*nn.Group, _ []bool) (pieces int) {
	w.groups = groups
	return 0
}

func (w *spellingWeights) Pack(int) {}

type spellingPass struct {
	*spelling
	words  encoder.WordsPass
	state  nn.EmbeddingState
	block  *encoder.Block
	hidden []float32 // (N, D)

	ids         []uint32 // of all characters of the block, by row of the layout
	from        []int32  // N+1; the characters of row r are ids[from[r]:from[r+1]]
	rows        []int32  // of a shard's characters
	dWords      []float32
	dCharacters []float32 // (characters, D)
}

func (p *spellingPass) Forward(w encoder.Weights, b *encoder.Block) (hidden []float32) {
	groups, d := w.(*spellingWeights).groups, p.characters.Dim
	p.block = b
	p.hidden = append(p.hidden[:0], p.spelling.words.Forward(&p.words, groups[spellingWords].Data, b)...)
	p.lookUp(b)
	x := p.characters.Forward(&p.state, groups[spellingCharacters].Data, p.ids)
	for r := range b.Layout.N() {
		row, n := p.hidden[r*d:(r+1)*d], float32(p.from[r+1]-p.from[r])
		for c := p.from[r]; c < p.from[r+1]; c++ {
			for i, v := range x[int(c)*d : int(c+1)*d] {
				row[i] += v / n
			}
		}
	}
	return p.hidden
}

// lookUp collects the characters of the block's words.
func (p *spellingPass) lookUp(b *encoder.Block) {
	column := &b.Corpus.Columns[0]
	p.ids, p.from = p.ids[:0], append(p.from[:0], 0)
	for t := range b.Layout.T() {
		lo, hi := b.Layout.Off[t], b.Layout.Off[t+1]
		for r := lo; r < hi; r++ {
			k := b.Corpus.Offsets[b.Examples[r-lo]] + uint32(t)
			p.ids = append(p.ids, column.IDs[column.Off[k]:column.Off[k+1]]...)
			p.from = append(p.from, int32(len(p.ids)))
		}
	}
}

func (p *spellingPass) Backward(_ encoder.Weights, dHidden []float32) {
	d := p.characters.Dim
	p.dCharacters = p.dCharacters[:0]
	for r := range p.block.Layout.N() {
		n := float32(p.from[r+1] - p.from[r])
		for range p.from[r+1] - p.from[r] {
			for _, v := range dHidden[r*d : (r+1)*d] {
				p.dCharacters = append(p.dCharacters, v/n)
			}
		}
	}
	p.dWords = append(p.dWords[:0], dHidden...)
	p.spelling.words.Backward(&p.words, p.dWords)
}

func (p *spellingPass) Write(int, int, []float32) { panic("toy: spelling has no ranges") }

func (p *spellingPass) Rows(table, shard int, dst *gradient.Rows) {
	if table == spellingWords {
		p.spelling.words.Rows(&p.words, shard, dst)
		return
	}
	p.rows = p.rows[:0]
	for _, r := range p.block.Layout.Rows[shard] {
		for c := p.from[r]; c < p.from[r+1]; c++ {
			p.rows = append(p.rows, c)
		}
	}
	dst.IDs, dst.Data = p.characters.Weights(&p.state, p.dCharacters, p.rows, dst.IDs[:0], dst.Data[:0])
}
