package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/internal/fixture"
)

// The slow twins: every layer in float64, forward only, one sequence at a time. Backward passes are
// compared with central differences of a twin.

// twin is a layer's or loss's forward pass in float64.
type twin func(x []float64, params [][]float64) []float64

// numericGradient returns the derivatives of f by each element of x, by central
// differences: with h = 1e-5 both errors, truncation and rounding, are near 1e-10.
func numericGradient(f func() float64, x []float64) []float64 {
	const h = 1e-5
	d := make([]float64, len(x))
	for i, at := range x {
		x[i] = at + h
		up := f()
		x[i] = at - h
		down := f()
		x[i] = at
		d[i] = (up - down) / (2 * h)
	}
	return d
}

func dot64(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// randoms draws n numbers from the normal distribution, times scale.
func randoms(seed uint64, n int, scale float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64() * scale)
	}
	return out
}

// checked is a layer under test: its forward pass, its backward pass and its weight
// gradient, as closures over whatever state it has.
type checked struct {
	x        []float32
	params   []Param // what weights writes the gradients of, in order; nil: none
	shards   int
	rowsOf   func(shard int) []int32 // rows of y that belong to a shard
	width    int                     // of y
	forward  func() []float32
	backward func(dy []float32) []float32 // nil: x is not a variable
	weights  func(shard int, grad []float32)
	twin     twin
}

// against holds the layer to the twin: outputs, then the gradient of Σ y·dy by the input,
// then shard by shard by the parameters.
func (c checked) against(t *testing.T) {
	t.Helper()
	const tolerance = 1e-5
	x64 := widen(c.x)
	var p64 [][]float64
	for _, p := range c.params {
		p64 = append(p64, widen(p.Data))
	}
	y := c.forward()
	want := c.twin(x64, p64)
	fixture.Close(t, "y", y, want, tolerance)
	dy := randoms(99, len(want), 1)
	dy64 := widen(dy)
	if c.backward != nil {
		dx := c.backward(dy)
		fixture.Close(t, "dx", dx, numericGradient(func() float64 { return dot64(c.twin(x64, p64), dy64) }, x64), tolerance)
	}
	for s := range c.shards {
		if c.weights == nil {
			break
		}
		total := 0
		for _, p := range c.params {
			total += len(p.Data)
		}
		grad := randoms(7, total, 100) // Weights must overwrite
		c.weights(s, grad)
		masked := make([]float64, len(dy64))
		for _, r := range c.rowsOf(s) {
			copy(masked[int(r)*c.width:(int(r)+1)*c.width], dy64[int(r)*c.width:])
		}
		for i, p := range c.params {
			n := len(p.Data)
			want := numericGradient(func() float64 { return dot64(c.twin(x64, p64), masked) }, p64[i])
			fixture.Close(t, "d"+p.Name, grad[:n], want, tolerance)
			grad = grad[n:]
		}
	}
}

func sigmoid64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// linearTwin is y = x·weightᵀ + bias.
func linearTwin(x []float64, weight, bias []float64, in, out int) []float64 {
	rows := len(x) / in
	y := make([]float64, rows*out)
	for r := range rows {
		for k := range out {
			y[r*out+k] = bias[k] + dot64(x[r*in:(r+1)*in], weight[k*in:(k+1)*in])
		}
	}
	return y
}

// lstmTwin runs stacked LSTM layers over the sequences of a layout; params as LSTM.Specs. Outputs and
// states are multiplied by the factors of dropout.
func lstmTwin(m *LSTM, l *Layout, x []float64, params [][]float64, masks *Masks) []float64 {
	in, dirs := m.In, m.Directions()
	for layer := range m.Layers {
		y := make([]float64, l.N()*m.Hidden*dirs)
		for d := range dirs {
			w := params[(layer*dirs+d)*4:][:4]
			for i, length := range l.Lengths {
				rows := make([]int, length)
				for t := range rows {
					rows[t] = l.At(t, i)
					if d == 1 {
						rows[t] = l.At(int(length)-1-t, i)
					}
				}
				mask := stateMask(m, l, masks, layer*dirs+d, i)
				lstmSequenceTwin(x, y, rows, in, m.Hidden, dirs*m.Hidden, d*m.Hidden, w, mask)
			}
		}
		for r, factor := range outputMask(m, l, masks, layer) {
			y[r] *= factor
		}
		x, in = y, m.Hidden*dirs
	}
	return x
}

// outputMask returns the factors of the dropout of a layer's output (N, Out).
func outputMask(m *LSTM, l *Layout, masks *Masks, layer int) []float64 {
	ones := make([]float32, l.N()*m.Out())
	for i := range ones {
		ones[i] = 1
	}
	m.dropout(layer).Apply(ones, ones, l, m.Out(), masks)
	return widen(ones)
}

// stateMask returns the factors of the dropout of sequence i's states (H).
func stateMask(m *LSTM, l *Layout, masks *Masks, cell, i int) []float64 {
	d := Dropout{P: m.Recurrent, Place: m.Place + recurrentPlaces + uint8(cell)}
	all := d.AppendMasks(nil, l, m.Hidden, masks)
	if all == nil {
		return slices.Repeat([]float64{1}, m.Hidden)
	}
	return widen(all[i*m.Hidden : (i+1)*m.Hidden])
}

func lstmSequenceTwin(x, y []float64, rows []int, in, hidden, width, column int, w [][]float64, mask []float64) {
	h, c := make([]float64, hidden), make([]float64, hidden)
	for _, r := range rows {
		next := make([]float64, hidden)
		for j := range hidden {
			var z [4]float64
			for g := range z {
				k := g*hidden + j
				z[g] = w[2][k] + w[3][k] + dot64(x[r*in:(r+1)*in], w[0][k*in:]) + dot64(h, w[1][k*hidden:])
			}
			c[j] = sigmoid64(z[1])*c[j] + sigmoid64(z[0])*math.Tanh(z[2])
			next[j] = sigmoid64(z[3]) * math.Tanh(c[j])
		}
		copy(y[r*width+column:], next)
		for j := range next {
			next[j] *= mask[j]
		}
		h = next
	}
}

// poolTwin pools the rows (N, W) of each sequence to one (B, W).
func poolTwin(kind PoolKind, l *Layout, x []float64, width, directions int, query []float64) []float64 {
	y := make([]float64, l.B()*width)
	for i, length := range l.Lengths {
		out := y[i*width : (i+1)*width]
		row := func(t int) []float64 { return x[l.At(t, i)*width:][:width] }
		scores := make([]float64, length)
		sum := 0.0
		for t := range scores {
			if kind == PoolAttention {
				scores[t] = math.Exp(dot64(row(t), query))
				sum += scores[t]
			}
		}
		for t := range scores {
			for j, v := range row(t) {
				switch kind {
				case PoolMean:
					out[j] += v / float64(length)
				case PoolMax:
					if t == 0 || v > out[j] {
						out[j] = v
					}
				case PoolLast:
					end, reverse := int(length)-1, directions == 2 && j >= width/2
					if reverse && t == 0 || !reverse && t == end {
						out[j] = v
					}
				case PoolAttention:
					out[j] += v * scores[t] / sum
				}
			}
		}
	}
	return y
}

// crossEntropyTwin returns the loss sum of the given rows.
func crossEntropyTwin(c CrossEntropy, logits []float64, target []int32, rows []int32) float64 {
	loss := 0.0
	for _, r := range rows {
		if target[r] < 0 {
			continue
		}
		row := logits[int(r)*c.Classes:][:c.Classes]
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(v)
		}
		for k, v := range row {
			share := float64(c.Smoothing) / float64(c.Classes)
			if k == int(target[r]) {
				share += 1 - float64(c.Smoothing)
			}
			weight := 1.0
			if c.Weight != nil {
				weight = float64(c.Weight[k])
			}
			loss -= share * weight * (v - math.Log(sum))
		}
	}
	return loss
}
