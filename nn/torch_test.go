package nn

import (
	"testing"

	"braid/internal/fixture"
)

// Values and gradients equal those of PyTorch to 1e-5. The files in testdata/torch name its version.

const torchTolerance = 1e-5

// load fills a group's parameters from tensors of the same names, under a prefix.
func load(f *fixture.File, g *Group, prefix string) {
	for _, p := range g.Params {
		copy(p.Data, f.F32(prefix+p.Name))
	}
}

// equalGradients compares a gradient, laid out as a group's parameters, with tensors d_<name>.
func equalGradients(f *fixture.File, g *Group, grad []float32) {
	for _, p := range g.Params {
		f.Equal("d_"+p.Name, grad[:len(p.Data)], torchTolerance)
		grad = grad[len(p.Data):]
	}
}

// upTo lists 0 to n-1.
func upTo(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func TestLinearIsTorchs(t *testing.T) {
	f := fixture.Load(t, "linear")
	m := Linear{In: 7, Out: 4}
	g, s, p := NewGroup("", m.Specs()), new(LinearState), new(LinearPacked)
	load(f, g, "")
	m.Pack(p, g.Params, true)
	f.Equal("y", m.Forward(s, p, f.F32("x")), torchTolerance)
	f.Equal("d_x", m.Backward(s, p, f.F32("dy")), torchTolerance)
	grad := make([]float32, len(g.Data))
	m.Weights(s, upTo(5), grad)
	equalGradients(f, g, grad)
}

// Torch's padding row gets no gradient; here padding does not exist, so its rows are left out.
func TestEmbeddingIsTorchs(t *testing.T) {
	f := fixture.Load(t, "embedding")
	m, s := Embedding{Rows: 11, Dim: 6}, new(EmbeddingState)
	var ids []uint32
	var real []int32
	for r, id := range f.Ints("ids") {
		ids = append(ids, uint32(id))
		if id != int(f.Number("padding_idx")) {
			real = append(real, int32(r))
		}
	}
	f.Equal("y", m.Forward(s, f.F32("weight"), ids), torchTolerance)
	touched, rows := m.Weights(s, f.F32("dy"), real, nil, nil)
	dense := make([]float32, m.Rows*m.Dim)
	for e, id := range touched {
		copy(dense[int(id)*m.Dim:], rows[e*m.Dim:(e+1)*m.Dim])
	}
	f.Equal("d_weight", dense, torchTolerance)
}

func TestEmbeddingBagIsTorchs(t *testing.T) {
	f := fixture.Load(t, "embedding_bag")
	m, bags := EmbeddingBag{Rows: 9, Dim: 5}, new(Bags)
	for _, id := range f.Ints("ids") {
		bags.IDs = append(bags.IDs, uint32(id))
	}
	for r, at := range f.Ints("offsets") {
		bags.At, bags.Off = append(bags.At, uint32(r)), append(bags.Off, uint32(at))
	}
	bags.Off = append(bags.Off, uint32(len(bags.IDs)))
	y := make([]float32, len(bags.At)*m.Dim)
	m.Forward(f.F32("weight"), bags, y)
	f.Equal("y", y, torchTolerance)
	ids, rows := m.Weights(new(EmbeddingBagState), bags, f.F32("dy"), upTo(len(bags.At)), nil, nil)
	dense := make([]float32, m.Rows*m.Dim)
	for e, id := range ids {
		copy(dense[int(id)*m.Dim:], rows[e*m.Dim:(e+1)*m.Dim])
	}
	f.Equal("d_weight", dense, torchTolerance)
}

func TestLSTMIsTorchs(t *testing.T) {
	names := []string{"lstm", "lstm_2layer", "lstm_bidirectional", "lstm_bidirectional_2layer_lengths", "lstm_wide"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			f := fixture.Load(t, name)
			m := &LSTM{In: int(f.Number("input")), Hidden: int(f.Number("hidden")), Layers: int(f.Number("layers")),
				Bidirectional: f.Bool("bidirectional")}
			batch, time := int(f.Number("batch")), int(f.Number("time"))
			lengths := make([]int, batch)
			for i := range lengths {
				lengths[i] = time
			}
			if _, ok := f.Tensors["lengths"]; ok {
				lengths = f.Ints("lengths")
			}
			b := torchBatch{time: time}
			b.sort(lengths)
			g, s, p := NewGroup("", m.Specs()), new(LSTMState), new(LSTMPacked)
			load(f, g, "")
			m.Pack(p, g.Params, true)
			y := m.Forward(s, p, b.layout, b.rows(f.F32("x"), m.In), nil)
			f.Equal("y", b.padded(y, m.Out()), torchTolerance)
			dx := m.Backward(s, p, b.rows(f.F32("dy"), m.Out()))
			f.Equal("d_x", b.padded(dx, m.In), torchTolerance)
			grad := make([]float32, len(g.Data))
			m.Weights(s, 0, grad)
			equalGradients(f, g, grad)
			last := Pool{Kind: PoolLast, Width: m.Out(), Directions: m.Directions()}
			b.equalFinal(f, m, last.Forward(new(PoolState), nil, b.layout, y))
		})
	}
}

// Locked dropout of inputs and outputs, and recurrent dropout, equal a loop over time in PyTorch that multiplies by
// the same masks. The fixture also freezes the bits of the masks.
func TestLockedDropoutIsTorchs(t *testing.T) {
	f := fixture.Load(t, "lstm_locked_dropout")
	m := &LSTM{In: int(f.Number("input")), Hidden: int(f.Number("hidden")), Layers: int(f.Number("layers")),
		Bidirectional: true, Dropout: float32(f.Number("dropout")), Locked: true,
		Recurrent: float32(f.Number("recurrent_dropout")), Place: 2}
	in := Dropout{P: float32(f.Number("input_dropout")), Place: 1, Locked: true}
	b := torchBatch{time: int(f.Number("time"))}
	b.sort(f.Ints("lengths"))
	masks := &Masks{Seed: uint64(f.Number("seed")), Step: uint64(f.Number("step"))}
	for _, of := range b.order {
		masks.IDs = append(masks.IDs, uint64(of))
	}
	f.Equal("mask_input", in.AppendMasks(nil, b.layout, m.In, masks), 1e-8)
	f.Equal("mask_output_l1", m.dropout(1).AppendMasks(nil, b.layout, m.Out(), masks), 1e-8)
	g, s, p := NewGroup("", m.Specs()), new(LSTMState), new(LSTMPacked)
	load(f, g, "")
	m.Pack(p, g.Params, true)
	x := b.rows(f.F32("x"), m.In)
	in.Apply(x, x, b.layout, m.In, masks)
	f.Equal("y", b.padded(m.Forward(s, p, b.layout, x, masks), m.Out()), torchTolerance)
	f.Equal("mask_state_l1_reverse", s.cells[3].masks, 1e-8)
	dx := m.Backward(s, p, b.rows(f.F32("dy"), m.Out()))
	in.Apply(dx, dx, b.layout, m.In, masks)
	f.Equal("d_x", b.padded(dx, m.In), torchTolerance)
	grad := make([]float32, len(g.Data))
	m.Weights(s, 0, grad)
	equalGradients(f, g, grad)
}

// torchBatch goes between torch's padded (batch, time, width) and a layout's rows.
type torchBatch struct {
	layout *Layout
	time   int
	order  []int32 // torch's index of sequence i
}

func (b *torchBatch) sort(lengths []int) {
	var l32 []int32
	for _, l := range lengths {
		l32 = append(l32, int32(l))
	}
	b.order = SortOrder(l32, make([]int32, len(l32)))
	b.layout = sortedLayout(l32, make([]int32, len(l32)), 1)
}

func (b *torchBatch) each(do func(row, padded int)) {
	for i, length := range b.layout.Lengths {
		for t := range int(length) {
			do(b.layout.At(t, i), int(b.order[i])*b.time+t)
		}
	}
}

func (b *torchBatch) rows(padded []float32, width int) []float32 {
	out := make([]float32, b.layout.N()*width)
	b.each(func(r, at int) { copy(out[r*width:(r+1)*width], padded[at*width:]) })
	return out
}

func (b *torchBatch) padded(rows []float32, width int) []float32 {
	out := make([]float32, len(b.order)*b.time*width)
	b.each(func(r, at int) { copy(out[at*width:], rows[r*width:(r+1)*width]) })
	return out
}

// equalFinal compares the last layer's part of h_n (layers·directions, batch, H).
func (b *torchBatch) equalFinal(f *fixture.File, m *LSTM, last []float32) {
	batch, h, dirs := len(b.order), m.Hidden, m.Directions()
	all := f.F32("h_n")
	for i, of := range b.order {
		for d := range dirs {
			copy(all[((m.Layers-1)*dirs+d)*batch*h+int(of)*h:][:h], last[(i*dirs+d)*h:])
		}
	}
	f.Equal("h_n", all, torchTolerance)
}

func TestCrossEntropyIsTorchs(t *testing.T) {
	f := fixture.Load(t, "cross_entropy")
	weight, smoothing := f.F32("class_weight"), float32(f.Number("label_smoothing"))
	var target []int32
	for _, k := range f.Ints("target") {
		target = append(target, int32(k)) // -100, torch's "ignore", is negative: missing
	}
	for _, c := range []struct {
		name string
		loss CrossEntropy
		mean bool
	}{
		{"mean", CrossEntropy{}, true},
		{"sum", CrossEntropy{}, false},
		{"weighted", CrossEntropy{Weight: weight}, true},
		{"smooth", CrossEntropy{Smoothing: smoothing}, true},
		{"weighted_smooth", CrossEntropy{Weight: weight, Smoothing: smoothing}, true},
	} {
		c.loss.Classes = 5
		logits, s := f.F32("logits"), new(CrossEntropyState)
		d := make([]float32, len(logits))
		c.loss.Probabilities(s, logits)
		sum, norm := c.loss.Loss(s, logits, target, upTo(6), 1, d)
		if !c.mean {
			norm = 1
		}
		for i := range d {
			d[i] /= float32(norm)
		}
		f.Equal("loss_"+c.name, []float32{float32(sum / norm)}, torchTolerance)
		f.Equal("d_"+c.name, d, torchTolerance)
	}
}

func TestBCEIsTorchs(t *testing.T) {
	f := fixture.Load(t, "bce_with_logits")
	logits := f.F32("logits")
	d := make([]float32, len(logits))
	sum, norm := BCE{Classes: 6}.Loss(new(BCEState), logits, f.F32("target"), upTo(4), 1.0/24, d)
	f.Equal("loss", []float32{float32(sum / norm)}, torchTolerance)
	f.Equal("d_logits", d, torchTolerance)
}

func TestMSEIsTorchs(t *testing.T) {
	f := fixture.Load(t, "mse")
	prediction := f.F32("pred")
	d := make([]float32, len(prediction))
	sum, norm := MSE{}.Loss(prediction, f.F32("target"), upTo(14), 1.0/14, d)
	f.Equal("loss", []float32{float32(sum / norm)}, torchTolerance)
	f.Equal("d_pred", d, torchTolerance)
}
