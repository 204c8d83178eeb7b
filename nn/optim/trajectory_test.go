package optim

import (
	"fmt"
	"strings"
	"testing"

	"braid/gradient"
	"braid/internal/fixture"
	"braid/nn"
)

// Thirty steps of a two-task model next to PyTorch's: embedding, LSTM, a head on the mean
// of a sequence's states and one on every state. torch.nn.Embedding's updates are dense.
func TestTrajectoriesAreTorchs(t *testing.T) {
	for _, name := range []string{"multitask_joint_adam", "multitask_sampled_adam", "multitask_sampled_sgd"} {
		t.Run(name, func(t *testing.T) {
			f := fixture.Load(t, name)
			m := newTwoTasks(f)
			c := Config{Kind: f.Params["optimizer"].(string), LR: f.Number("lr"),
				Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Dense: true}
			o := New(c, m.ps)
			var losses []float64
			for step, task := range f.Ints("task") {
				g, loss := m.step(f, step, func(k int) bool { return f.Bool("joint") || k == task })
				losses = append(losses, loss...)
				o.Update(m.ps, g, 1)
			}
			fixture.Close(t, "losses", losses, f.Tensor("losses").Data, 1e-4)
			for torch, p := range m.params() {
				fixture.Close(t, torch, p.Data, f.Tensor("final."+torch).Data, 1e-4)
			}
		})
	}
}

const (
	words, dim, hidden   = 20, 6, 8
	classes, tags        = 3, 5
	batchSize, batchTime = 4, 7
)

// twoTasks is the model of the fixtures, assembled by hand.
type twoTasks struct {
	ps    *nn.ParamSet
	table nn.Embedding
	lstm  nn.LSTM
	heads [2]nn.Linear
	pool  nn.Pool
}

func newTwoTasks(f *fixture.File) *twoTasks {
	m := &twoTasks{
		table: nn.Embedding{Rows: words, Dim: dim},
		lstm:  nn.LSTM{In: dim, Hidden: hidden, Layers: 1},
		heads: [2]nn.Linear{{In: hidden, Out: classes}, {In: hidden, Out: tags}},
		pool:  nn.Pool{Kind: nn.PoolMean, Width: hidden, Directions: 1},
	}
	m.ps = &nn.ParamSet{Groups: []*nn.Group{
		nn.NewGroup("encoder", nn.Prefix("lstm.", m.lstm.Specs())),
		nn.NewTable("word", m.table.Spec()),
		nn.NewGroup("head.class", m.heads[0].Specs()),
		nn.NewGroup("head.tag", m.heads[1].Specs()),
	}}
	for torch, p := range m.params() {
		copy(p.Data, f.F32("init."+torch))
	}
	return m
}

// params names the parameters as the fixture does.
func (m *twoTasks) params() map[string]nn.Param {
	out := map[string]nn.Param{"embedding.weight": m.ps.Groups[1].Params[0]}
	for _, p := range m.ps.Groups[0].Params {
		out[p.Name] = p
	}
	for _, g := range m.ps.Groups[2:] {
		for _, p := range g.Params {
			out["head_"+strings.TrimPrefix(g.Name, "head.")+"."+p.Name] = p
		}
	}
	return out
}

// batch is one step's data in a layout's rows.
type batch struct {
	layout  *nn.Layout
	ids     []uint32
	targets [2][]int32 // by sequence; by row
}

func readBatch(f *fixture.File, step int) batch {
	lengths := make([]int32, batchSize)
	for i := range lengths {
		lengths[i] = int32(f.Ints("lengths")[step*batchSize+i])
	}
	order := nn.SortOrder(lengths, make([]int32, batchSize))
	sorted := make([]int32, batchSize)
	for i, of := range order {
		sorted[i] = lengths[of]
	}
	b := batch{layout: nn.NewLayout(sorted, make([]int32, batchSize), 1)}
	b.ids, b.targets[1] = make([]uint32, b.layout.N()), make([]int32, b.layout.N())
	ids, classes, tags := f.Ints("ids"), f.Ints("classes"), f.Ints("tags")
	for i, of := range order {
		at := step*batchSize + int(of)
		b.targets[0] = append(b.targets[0], int32(classes[at]))
		for t := range int(sorted[i]) {
			b.ids[b.layout.At(t, i)] = uint32(ids[at*batchTime+t])
			b.targets[1][b.layout.At(t, i)] = int32(tags[at*batchTime+t])
		}
	}
	return b
}

// step computes the gradient of Σ weight·(mean loss) over the active tasks, and their
// mean losses, -1 where a task is not active.
func (m *twoTasks) step(f *fixture.File, step int, active func(task int) bool) (*gradient.Gradient, []float64) {
	b := readBatch(f, step)
	l := b.layout
	var embedded nn.EmbeddingState
	var recurrent nn.LSTMState
	var pooled nn.PoolState
	var packed nn.LSTMPacked
	m.lstm.Pack(&packed, m.ps.Groups[0].Params, true)
	x := m.table.Forward(&embedded, m.ps.Groups[1].Data, b.ids)
	h := m.lstm.Forward(&recurrent, &packed, l, x, nil)
	dh := make([]float32, len(h))
	g := &gradient.Gradient{Dense: make([][]float32, 4), Rows: make([]gradient.Rows, 4)}
	losses := []float64{-1, -1}
	for k := range m.heads {
		if !active(k) {
			continue
		}
		in, rows := h, l.Rows[0]
		if k == 0 {
			in, rows = m.pool.Forward(&pooled, nil, l, h), l.Seqs[0]
		}
		weight := float64(f.F32("weights")[k])
		loss, din, dense := m.head(k, in, b.targets[k], rows, weight)
		if k == 0 {
			din = m.pool.Backward(&pooled, nil, din)
		}
		for i, d := range din {
			dh[i] += d
		}
		losses[k], g.Dense[2+k] = loss, dense
	}
	dx := m.lstm.Backward(&recurrent, &packed, dh)
	g.Dense[0] = make([]float32, len(m.ps.Groups[0].Data))
	m.lstm.Weights(&recurrent, 0, g.Dense[0])
	ids, rows := m.table.Weights(&embedded, dx, l.Rows[0], nil, nil)
	g.Rows[1] = gradient.Rows{Dim: dim, IDs: ids, Data: rows}
	return g, losses
}

func (m *twoTasks) head(
	k int, in []float32, target, rows []int32, weight float64,
) (loss float64, din, dense []float32) {
	var s nn.LinearState
	var p nn.LinearPacked
	var ce nn.CrossEntropyState
	group := m.ps.Groups[2+k]
	m.heads[k].Pack(&p, group.Params, true)
	logits := m.heads[k].Forward(&s, &p, in)
	c := nn.CrossEntropy{Classes: m.heads[k].Out}
	c.Probabilities(&ce, logits)
	d := make([]float32, len(logits))
	scale := float32(weight / float64(len(rows)))
	sum, norm := c.Loss(&ce, logits, target, rows, scale, d)
	if int(norm) != len(rows) {
		panic(fmt.Sprintf("%v of %d rows have a target", norm, len(rows)))
	}
	dense = make([]float32, len(group.Data))
	din = m.heads[k].Backward(&s, &p, d)
	m.heads[k].Weights(&s, rows, dense)
	return sum / norm, din, dense
}
