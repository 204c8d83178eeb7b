package nn

import "braid/internal/kernel"

// Linear is y = x·weightᵀ + bias, as torch.nn.Linear.
type Linear struct {
	In, Out int
}

// Specs are weight (Out, In) and bias (Out), both U(±1/√In).
func (m Linear) Specs() []Spec {
	return []Spec{
		{"weight", []int{m.Out, m.In}, FanIn(m.In)},
		{"bias", []int{m.Out}, FanIn(m.In)},
	}
}

// Size is the number of parameters.
func (m Linear) Size() int { return m.Out * (m.In + 1) }

// LinearPacked is one version of the parameters. Read-only once packed.
type LinearPacked struct {
	forward, backward kernel.Packed // backward is empty if only Forward will run
	bias              []float32
}

// Pack makes p hold the current values of weight and bias. Backward needs backward set.
func (m Linear) Pack(p *LinearPacked, params []Param, backward bool) {
	weight, bias := params[0].Data, params[1].Data
	mustBe(params[0].Name, weight, m.Out, m.In)
	mustBe(params[1].Name, bias, 1, m.Out)
	p.forward.PackTranspose(weight, m.Out, m.In, m.In)
	if backward {
		p.backward.Pack(weight, m.Out, m.In, m.In)
	}
	p.bias = append(p.bias[:0], bias...)
}

// LinearState is the memory of one goroutine.
type LinearState struct {
	x, dy []float32 // the caller's
	y, dx []float32
	right kernel.Packed // of Weights
	work  kernel.Scratch
}

// Reuse makes the next Backward write dx into the given memory if it is large enough, so that
// several states can share it in turn. Reuse(nil) ends that.
func (s *LinearState) Reuse(dx []float32) { s.dx = dx }

// Forward returns y.
//
//	x (R, In)   read again by Weights
//	y (R, Out)  owned by s until its next Forward
func (m Linear) Forward(s *LinearState, p *LinearPacked, x []float32) (y []float32) {
	rows := len(x) / m.In
	mustBe("linear's x", x, rows, m.In)
	s.x, s.y = x, resize(s.y, rows*m.Out)
	for r := range rows {
		copy(s.y[r*m.Out:], p.bias)
	}
	kernel.MatMul(s.y, m.Out, x, m.In, rows, &p.forward, true)
	return s.y
}

// Backward returns the gradient of the last Forward's x.
//
//	dy (R, Out)  read again by Weights
//	dx (R, In)   owned by s until its next Backward
func (m Linear) Backward(s *LinearState, p *LinearPacked, dy []float32) (dx []float32) {
	rows := len(s.x) / m.In
	mustBe("linear's dy", dy, rows, m.Out)
	s.dy, s.dx = dy, resize(s.dx, len(s.x))
	kernel.MatMul(s.dx, m.In, dy, m.Out, rows, &p.backward, false)
	return s.dx
}

// Weights writes the gradients of weight and bias over the rows of a shard: Layout.Rows if x has a
// row per step, Layout.Seqs if x has a row per sequence.
func (m Linear) Weights(s *LinearState, rows []int32, grad []float32) {
	mustBe("linear's gradient", grad, m.Out, m.In+1)
	weight, bias := grad[:m.Out*m.In], grad[m.Out*m.In:]
	if len(rows) == 0 {
		clear(weight)
	} else { // Σ over rows of dyᵀ·x, in their order
		s.right.PackRows(s.x, m.In, m.In, rows)
		kernel.MatMulRowsT(weight, m.In, s.dy, m.Out, m.Out, rows, &s.right, false, &s.work)
	}
	clear(bias)
	kernel.SumRows(bias, s.dy, m.Out, m.Out, rows)
}
