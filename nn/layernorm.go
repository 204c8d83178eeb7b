package nn

import "math"

// LayerNorm gives each row mean 0 and variance 1, then scales and shifts each element:
// y = (x - mean)/√(variance + Eps)·weight + bias.
// Source: Ba, Kiros, Hinton 2016; the variance divides by W, as torch.nn.LayerNorm.
type LayerNorm struct {
	Width int
	Eps   float32
}

// Specs are weight (W), ones, and bias (W), zeros.
func (m LayerNorm) Specs() []Spec {
	return []Spec{
		{Name: "weight", Shape: []int{m.Width}, Init: Constant(1)},
		{Name: "bias", Shape: []int{m.Width}, Init: Zeros()},
	}
}

// LayerNormState is the memory of one goroutine.
type LayerNormState struct {
	y, dx    []float32
	centred  []float32 // (rows, W): (x - mean)/deviation
	inverse  []float32 // by row: 1/deviation
	backward []float32 // dy of the last Backward; the caller's
}

// Forward normalises rows. Sums run in float64: W numbers of one size lose little, and a
// layer that subtracts means should lose nothing.
//
//	x, y (rows, W)
func (m LayerNorm) Forward(s *LayerNormState, params []Param, x []float32) (y []float32) {
	rows, w := len(x)/m.Width, m.Width
	mustBe("layer norm's x", x, rows, w)
	weight, bias := params[0].Data[:w], params[1].Data[:w]
	s.y, s.centred, s.inverse = resize(s.y, len(x)), resize(s.centred, len(x)), resize(s.inverse, rows)
	for r := range rows {
		in, hat, out := x[r*w:(r+1)*w], s.centred[r*w:(r+1)*w], s.y[r*w:(r+1)*w]
		mean, variance := 0.0, 0.0
		for _, v := range in {
			mean += float64(v)
		}
		mean /= float64(w)
		for _, v := range in {
			d := float64(v) - mean
			variance += float64(d * d)
		}
		inverse := 1 / math.Sqrt(variance/float64(w)+float64(m.Eps))
		s.inverse[r] = float32(inverse)
		for j, v := range in {
			hat[j] = float32((float64(v) - mean) * inverse)
			out[j] = float32(hat[j]*weight[j]) + bias[j]
		}
	}
	return s.y
}

// Backward returns the gradient of the last Forward's x. dy is read again by Weights.
//
//	dx = (g - mean(g) - hat·mean(g·hat))/deviation, g = dy·weight
func (m LayerNorm) Backward(s *LayerNormState, params []Param, dy []float32) (dx []float32) {
	rows, w := len(s.inverse), m.Width
	mustBe("layer norm's dy", dy, rows, w)
	s.backward, s.dx = dy, resize(s.dx, len(dy))
	weight := params[0].Data[:w]
	for r := range rows {
		d, hat, out := dy[r*w:(r+1)*w], s.centred[r*w:(r+1)*w], s.dx[r*w:(r+1)*w]
		mean, along := 0.0, 0.0
		for j, v := range d {
			g := float64(v) * float64(weight[j])
			mean += float64(g)
			along += float64(g * float64(hat[j]))
		}
		mean, along = mean/float64(w), along/float64(w)
		for j, v := range d {
			g := float64(v) * float64(weight[j])
			out[j] = float32((float64(g) - mean - float64(float64(hat[j])*along)) * float64(s.inverse[r]))
		}
	}
	return s.dx
}

// Weights writes the gradients of weight and bias over the given rows.
func (m LayerNorm) Weights(s *LayerNormState, rows []int32, grad []float32) {
	w := m.Width
	mustBe("layer norm's gradient", grad, 2, w)
	clear(grad)
	dWeight, dBias := grad[:w], grad[w:]
	for _, r := range rows {
		d, hat := s.backward[int(r)*w:(int(r)+1)*w], s.centred[int(r)*w:(int(r)+1)*w]
		for j, v := range d {
			dWeight[j] += float32(v * hat[j])
			dBias[j] += v
		}
	}
}
