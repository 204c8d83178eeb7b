package model

import (
	"fmt"
	"testing"

	"braid/data"
	"braid/encoder"
	"braid/gradient"
	"braid/nn"
)

// twice is an encoder of two inner ones side by side: two tables and two dense groups, in turn.
type twice struct{ inner [2]encoder.Encoder }

func init() {
	encoder.Register("twice", func(s encoder.Spec) encoder.Encoder {
		s.Job.Kind = "lstm"
		one := encoder.New(s)
		s.Job.LSTM.Hidden++
		s.Job.Word.Dim++
		s.Job.Word.Unknown = 0
		return &twice{[2]encoder.Encoder{one, encoder.New(s)}}
	})
}

// innerGroups is the number of groups of an inner encoder.
const innerGroups = 2

func (e *twice) Groups() (all []nn.GroupSpec) {
	for i, inner := range e.inner {
		for _, g := range inner.Groups() {
			g.Name = fmt.Sprint(g.Name, i)
			all = append(all, g)
		}
	}
	return all
}

func (e *twice) Output() encoder.Output {
	out := e.inner[0].Output()
	out.Width += e.inner[1].Output().Width
	out.Directions = 1
	return out
}

func (e *twice) Ranges() (all []gradient.Range) {
	for i, inner := range e.inner {
		for _, r := range inner.Ranges() {
			r.Slot += i * innerGroups
			all = append(all, r)
		}
	}
	return all
}

func (e *twice) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	return e.inner[table/innerGroups].AppendRows(dst, table%innerGroups, c, example)
}

func (e *twice) Products(words, texts int) int {
	return e.inner[0].Products(words, texts) + e.inner[1].Products(words, texts)
}

func (e *twice) NewWeights(backward bool) encoder.Weights {
	return &twiceWeights{[2]encoder.Weights{e.inner[0].NewWeights(backward), e.inner[1].NewWeights(backward)}, 0}
}

func (e *twice) NewPass() encoder.Pass {
	return &twicePass{twice: e, inner: [2]encoder.Pass{e.inner[0].NewPass(), e.inner[1].NewPass()}}
}

type twiceWeights struct {
	inner  [2]encoder.Weights
	pieces int // of the first
}

func (w *twiceWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	one, two := changed, changed
	if changed != nil {
		one, two = changed[:innerGroups], changed[innerGroups:]
	}
	w.pieces = w.inner[0].Begin(groups[:innerGroups], one)
	return w.pieces + w.inner[1].Begin(groups[innerGroups:], two)
}

func (w *twiceWeights) Pack(piece int) {
	if piece < w.pieces {
		w.inner[0].Pack(piece)
		return
	}
	w.inner[1].Pack(piece - w.pieces)
}

type twicePass struct {
	*twice
	inner  [2]encoder.Pass
	hidden []float32
	d      [2][]float32
}

func (p *twicePass) widths() [2]int {
	return [2]int{p.twice.inner[0].Output().Width, p.twice.inner[1].Output().Width}
}

func (p *twicePass) Forward(w encoder.Weights, b *encoder.Block) []float32 {
	weights, widths := w.(*twiceWeights), p.widths()
	one, two := p.inner[0].Forward(weights.inner[0], b), p.inner[1].Forward(weights.inner[1], b)
	p.hidden = p.hidden[:0]
	for r := range b.Layout.N() {
		p.hidden = append(p.hidden, one[r*widths[0]:(r+1)*widths[0]]...)
		p.hidden = append(p.hidden, two[r*widths[1]:(r+1)*widths[1]]...)
	}
	return p.hidden
}

func (p *twicePass) Backward(w encoder.Weights, dHidden []float32) {
	weights, widths := w.(*twiceWeights), p.widths()
	p.d[0], p.d[1] = p.d[0][:0], p.d[1][:0]
	for width := widths[0] + widths[1]; len(dHidden) > 0; dHidden = dHidden[width:] {
		p.d[0] = append(p.d[0], dHidden[:widths[0]]...)
		p.d[1] = append(p.d[1], dHidden[widths[0]:width]...)
	}
	for i := range p.inner {
		p.inner[i].Backward(weights.inner[i], p.d[i])
	}
}

func (p *twicePass) Write(i, shard int, dst []float32) {
	if n := len(p.twice.inner[0].Ranges()); i >= n {
		p.inner[1].Write(i-n, shard, dst)
		return
	}
	p.inner[0].Write(i, shard, dst)
}

func (p *twicePass) Rows(table, shard int, dst *gradient.Rows) {
	p.inner[table/innerGroups].Rows(table%innerGroups, shard, dst)
}

// A model has two tables and two dense groups. The root has the same bits with any goroutines and any
// cover, and Expected accepts it. The model is saved, loaded and predicts.
func TestSeveralTables(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		j, p := small(t, "encoder.kind=twice", "training.mode="+mode)
		m := newModel(j, p)
		if len(m.Params.Groups) != 4+len(j.Tasks) || m.Params.Groups[3].Name != "word1" || m.Params.Groups[3].Dim != 7 {
			t.Fatalf("%d groups", len(m.Params.Groups))
		}
		step := planner(t, j, p).At(1)
		tree := gradient.Tree{S: j.Training.Shards}
		want := root(t, m.engine(1), p, step)
		x := m.NewExpected(p.Sets)
		x.Begin(step)
		if err := x.Check(gradient.Root, want); err != nil {
			t.Error(err)
		}
		for slot, s := range m.Shape().Slots[:4] {
			if s.Table() == (len(want.Rows[slot].IDs) == 0) || s.Table() == (want.Dense[slot] != nil) {
				t.Errorf("slot %d: rows %v, %d numbers", slot, want.Rows[slot].IDs, len(want.Dense[slot]))
			}
		}
		for id, round := range x.touched[3] {
			if round == x.round {
				continue
			}
			was := want.Rows[3].IDs[0]
			if want.Rows[3].IDs[0] = uint32(id); x.Check(gradient.Root, want) == nil {
				t.Errorf("row %d of the second table is accepted", id)
			}
			want.Rows[3].IDs[0] = was
		}
		hash := root(t, m.engine(1), p, step).Hash()
		for _, threads := range []int{2, 3} {
			e := m.engine(threads)
			if root(t, e, p, step).Hash() != hash {
				t.Errorf("%s: other bits with %d threads", mode, threads)
			}
			var announced []gradient.Range
			nodes := append(tree.Cover(0, 3), tree.Cover(3, 7)...)
			done := func(node int, _ *gradient.Gradient, r gradient.Range) {
				if node == 0 {
					announced = append(announced, r)
				}
			}
			parts, err := e.Gradients(t.Context(), p.Sets, step, scales(j, p, step), nodes, done)
			if err != nil {
				t.Fatal(err)
			}
			if want := append([]gradient.Range{{}}, m.Ranges()...); fmt.Sprint(announced) != fmt.Sprint(want) {
				t.Errorf("announced %v, want %v", announced, want)
			}
			a := gradient.NewAggregator(tree, gradient.F32, nil)
			for k, n := range nodes {
				a.Put(n, parts[k])
			}
			if g, ok := a.Root(); !ok || g.Hash() != hash {
				t.Errorf("%s: other bits from nodes", mode)
			}
		}
		dir := t.TempDir()
		if err := SaveBundle(dir, m.bundle(p.Vocab)); err != nil {
			t.Fatal(err)
		}
		b, err := LoadBundle(dir)
		if err != nil {
			t.Fatal(err)
		}
		text := Text{Text: "w1 w2 w3"}
		got := fmt.Sprint(b.Predictor(Limits{}).mustAnswer(t, text))
		if want := fmt.Sprint(m.predictor(p.Vocab, Limits{}).mustAnswer(t, text)); got != want {
			t.Errorf("%s\n%s", got, want)
		}
	}
}
