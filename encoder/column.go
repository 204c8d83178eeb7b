package encoder

import (
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// column is the encoder whose rows are the vectors of the words' values in a column of the data,
// such as parts of speech. It has one group of parameters, which is a table. Training replaces
// values at random by the unknown value, whose id is 0.
type column struct {
	table   nn.Embedding
	names   []string // of the values from id 1 on
	field   string
	column  int // of the corpus
	unknown float64
	place   uint8
}

// newColumns returns an encoder for each column of the job.
func newColumns(s Spec) (all []Encoder) {
	for k, c := range s.Job.Columns {
		name := job.ColumnInput + c.Field
		in := s.Input(name)
		all = append(all, &column{nn.Embedding{Rows: in.Size(), Dim: c.Dim}, in.Entries(), c.Field,
			slices.Index(s.Job.Inputs(), name), c.Unknown, uint8(1 + k)})
	}
	return all
}

func (e *column) Groups() []nn.GroupSpec {
	row := func(id int) string {
		if id == 0 {
			return "unknown"
		}
		return "=" + e.names[id-1]
	}
	return []nn.GroupSpec{{Name: job.ColumnInput + e.field, Specs: []nn.Spec{e.table.Spec()}, Table: true, Row: row}}
}

func (e *column) Output() Output { return perWord(e.table.Dim, 1) }

func (e *column) Ranges() []gradient.Range { return nil }

func (e *column) AppendRows(dst []uint32, _ int, c *data.Corpus, example uint32) []uint32 {
	column := &c.Columns[e.column]
	dst = append(dst, 0) // training may replace any value
	return append(dst, column.IDs[column.Off[c.Offsets[example]]:column.Off[c.Offsets[example+1]]]...)
}

func (e *column) Products(_, _ int) int { return 0 }

func (e *column) NewWeights(bool) Weights { return new(columnWeights) }

func (e *column) NewPass() Pass { return &columnPass{column: e} }

// columnWeights is the table where it lies.
type columnWeights struct{ table []float32 }

func (w *columnWeights) Begin(groups []*nn.Group, _ []bool) (pieces int) {
	w.table = groups[0].Data
	return 0
}

func (w *columnWeights) Pack(int) {}

type columnPass struct {
	*column
	ids   []uint32 // by row of the layout
	state nn.EmbeddingState
	block *Block
	dx    []float32
}

func (p *columnPass) Forward(w Weights, b *Block) (x []float32) {
	p.block = b
	column := &b.Corpus.Columns[p.column.column]
	p.ids = appendPlaces(p.ids[:0], b)
	for r, place := range p.ids {
		p.ids[r] = 0
		if at := column.Off[place]; at < column.Off[place+1] {
			p.ids[r] = column.IDs[at]
		}
	}
	nn.ReplaceAny(p.ids, 0, p.unknown, p.place, b.Layout, b.Masks)
	return p.table.Forward(&p.state, w.(*columnWeights).table, p.ids)
}

func (p *columnPass) Backward(_ Weights, dx []float32) { p.dx = dx }

func (p *columnPass) Write(int, int, []float32) { panic("encoder: a column has no ranges") }

func (p *columnPass) Rows(_, shard int, dst *gradient.Rows) {
	dst.IDs, dst.Data = p.table.Weights(&p.state, p.dx, p.block.Layout.Rows[shard], dst.IDs[:0], dst.Data[:0])
}
