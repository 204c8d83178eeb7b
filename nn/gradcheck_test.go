package nn

import (
	"fmt"
	"math"
	"testing"

	"braid/internal/fixture"
)

// testLayout is three shards of unequal sequences, one of them of length 1.
func testLayout() *Layout {
	lengths := []int32{1, 4, 3, 6, 2, 3, 5}
	shard := []int32{0, 1, 2, 1, 0, 0, 2}
	return sortedLayout(lengths, shard, 3)
}

func sortedLayout(lengths, shard []int32, shards int) *Layout {
	var l, s []int32
	for _, i := range SortOrder(lengths, shard) {
		l, s = append(l, lengths[i]), append(s, shard[i])
	}
	return NewLayout(l, s, shards)
}

// testGroup is a group of the specs with random values of a size that matters.
func testGroup(specs []Spec) *Group {
	g := NewGroup("test", specs)
	copy(g.Data, randoms(3, len(g.Data), 0.4))
	return g
}

func TestLinearGradient(t *testing.T) {
	l, m := testLayout(), Linear{In: 5, Out: 3}
	g, s, p := testGroup(m.Specs()), new(LinearState), new(LinearPacked)
	m.Pack(p, g.Params, true)
	x := randoms(1, l.N()*m.In, 1)
	checked{
		x: x, params: g.Params, shards: l.S(), width: m.Out,
		rowsOf:   func(shard int) []int32 { return l.Rows[shard] },
		forward:  func() []float32 { return m.Forward(s, p, x) },
		backward: func(dy []float32) []float32 { return m.Backward(s, p, dy) },
		weights:  func(shard int, grad []float32) { m.Weights(s, l.Rows[shard], grad) },
		twin:     func(x []float64, p [][]float64) []float64 { return linearTwin(x, p[0], p[1], m.In, m.Out) },
	}.against(t)
}

func TestLSTMGradient(t *testing.T) {
	for _, m := range []LSTM{
		{In: 3, Hidden: 4, Layers: 1},
		{In: 5, Hidden: 2, Layers: 1, Bidirectional: true},
		{In: 3, Hidden: 3, Layers: 2},
		{In: 2, Hidden: 3, Layers: 2, Bidirectional: true},
		{In: 3, Hidden: 5, Layers: 1, Recurrent: 0.4},
		{In: 3, Hidden: 4, Layers: 2, Bidirectional: true, Dropout: 0.3},
		{In: 3, Hidden: 4, Layers: 2, Bidirectional: true, Dropout: 0.3, Locked: true, Recurrent: 0.4, Place: 3},
	} {
		for _, repeatable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v/%v", m, repeatable), func(t *testing.T) {
				l, masks := testLayout(), &Masks{Seed: 1, Step: 2, IDs: []uint64{7, 6, 5, 4, 3, 2, 1}}
				g, s, p := testGroup(m.Specs()), &LSTMState{Repeatable: repeatable}, new(LSTMPacked)
				m.Pack(p, g.Params, true)
				x := randoms(1, l.N()*m.In, 1)
				checked{
					x: x, params: g.Params, shards: l.S(), width: m.Out(),
					rowsOf:  func(shard int) []int32 { return l.Rows[shard] },
					forward: func() []float32 { return m.Forward(s, p, l, x, masks) },
					backward: func(dy []float32) []float32 {
						if repeatable {
							m.Backward(s, p, randoms(8, len(dy), 1))
						}
						return m.Backward(s, p, dy)
					},
					weights: func(shard int, grad []float32) { m.Weights(s, shard, grad) },
					twin:    func(x []float64, p [][]float64) []float64 { return lstmTwin(&m, l, x, p, masks) },
				}.against(t)
			})
		}
	}
}

func TestPoolGradient(t *testing.T) {
	for _, m := range []Pool{
		{PoolMean, 4, 1}, {PoolMax, 4, 1}, {PoolLast, 4, 1}, {PoolLast, 4, 2}, {PoolAttention, 4, 1},
	} {
		t.Run(fmt.Sprintf("%v/%d", m.Kind, m.Directions), func(t *testing.T) {
			l := testLayout()
			g, s := testGroup(m.Specs()), new(PoolState)
			x := randoms(1, l.N()*m.Width, 1)
			checked{
				x: x, params: g.Params, shards: l.S(), width: m.Width,
				rowsOf:   func(shard int) []int32 { return l.Seqs[shard] },
				forward:  func() []float32 { return m.Forward(s, g.Params, l, x) },
				backward: func(dy []float32) []float32 { return m.Backward(s, g.Params, dy) },
				weights:  func(shard int, grad []float32) { m.Weights(s, shard, grad) },
				twin: func(x []float64, p [][]float64) []float64 {
					var query []float64
					if len(p) > 0 {
						query = p[0]
					}
					return poolTwin(m.Kind, l, x, m.Width, m.Directions, query)
				},
			}.against(t)
		})
	}
}

func TestEmbeddingGradient(t *testing.T) {
	l, m := testLayout(), Embedding{Rows: 9, Dim: 3}
	table, s := NewTable("word", m.Spec()), new(EmbeddingState)
	copy(table.Data, randoms(1, len(table.Data), 1))
	ids := make([]uint32, l.N())
	for r := range ids {
		ids[r] = uint32(r*r) % 8 // repeats; 3 and more never occur
	}
	checked{
		params: table.Params, shards: l.S(), width: m.Dim,
		rowsOf:  func(shard int) []int32 { return l.Rows[shard] },
		forward: func() []float32 { return m.Forward(s, table.Data, ids) },
		weights: func(shard int, grad []float32) {
			clear(grad)
			touched, rows := m.Weights(s, randoms(99, l.N()*m.Dim, 1), l.Rows[shard], nil, nil)
			for e, id := range touched {
				if e > 0 && touched[e-1] >= id {
					t.Errorf("ids %v do not ascend", touched)
				}
				copy(grad[int(id)*m.Dim:], rows[e*m.Dim:(e+1)*m.Dim])
			}
		},
		twin: func(_ []float64, p [][]float64) []float64 {
			var y []float64
			for _, id := range ids {
				y = append(y, p[0][int(id)*m.Dim:(int(id)+1)*m.Dim]...)
			}
			return y
		},
	}.against(t)
}

// Dropout is linear once its mask is drawn; the mask is read off the zeros of a vector of ones.
func TestDropoutGradient(t *testing.T) {
	l, d := testLayout(), Dropout{P: 0.4, Place: 3}
	const width = 5
	masks := &Masks{Seed: 1, Step: 2, IDs: []uint64{7, 6, 5, 4, 3, 2, 1}}
	ones := make([]float32, l.N()*width)
	for i := range ones {
		ones[i] = 1
	}
	mask := make([]float32, len(ones))
	d.Apply(mask, ones, l, width, masks)
	keep := 1 / (1 - math.Round(0.4*dropoutOne)/dropoutOne)
	x, y, dx := randoms(1, len(ones), 1), make([]float32, len(ones)), make([]float32, len(ones))
	checked{
		x: x, width: width,
		forward:  func() []float32 { d.Apply(y, x, l, width, masks); return y },
		backward: func(dy []float32) []float32 { d.Apply(dx, dy, l, width, masks); return dx },
		twin: func(x []float64, _ [][]float64) []float64 {
			out := make([]float64, len(x))
			for i := range x {
				if mask[i] != 0 {
					out[i] = x[i] * keep
				}
			}
			return out
		},
	}.against(t)
}

// checkLoss holds a loss to its twin on every shard: sum, normaliser and gradient.
func checkLoss(t *testing.T, x []float32, width int, shards [][]int32, wantNorm []float64,
	loss func(rows []int32, scale float32, d []float32) (float64, float64), twin func(x []float64, rows []int32) float64) {
	t.Helper()
	const scale = 0.5
	x64 := widen(x)
	d := randoms(5, len(x), 100) // Loss must overwrite
	for s, rows := range shards {
		sum, norm := loss(rows, scale, d)
		fixture.Close(t, fmt.Sprintf("shard %d: sum", s), []float64{sum}, []float64{twin(x64, rows)}, 1e-5)
		fixture.Close(t, fmt.Sprintf("shard %d: norm", s), []float64{norm}, []float64{wantNorm[s]}, 1e-6)
		numeric := numericGradient(func() float64 { return scale * twin(x64, rows) }, x64)
		var got []float32
		var want []float64
		for _, r := range rows {
			got = append(got, d[int(r)*width:(int(r)+1)*width]...)
			want = append(want, numeric[int(r)*width:(int(r)+1)*width]...)
		}
		fixture.Close(t, fmt.Sprintf("shard %d: gradient", s), got, want, 1e-5)
	}
}

func TestCrossEntropyGradient(t *testing.T) {
	shards := [][]int32{{0, 2, 5}, {1, 3}, {4, 6}}
	target := []int32{0, 1, -1, 2, -1, 2, -1}
	for _, c := range []CrossEntropy{
		{Classes: 3},
		{Classes: 3, Weight: []float32{0.5, 2, 0}},
		{Classes: 3, Smoothing: 0.2},
		{Classes: 3, Weight: []float32{0.5, 2, 1.5}, Smoothing: 0.1},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			norm := make([]float64, len(shards))
			for s, rows := range shards {
				for _, r := range rows {
					if target[r] >= 0 {
						norm[s] += c.WeightOf(int(target[r]))
					}
				}
			}
			logits, s := randoms(1, 7*3, 2), new(CrossEntropyState)
			c.Probabilities(s, logits)
			checkLoss(t, logits, 3, shards, norm,
				func(rows []int32, scale float32, d []float32) (float64, float64) {
					return c.Loss(s, logits, target, rows, scale, d)
				},
				func(x []float64, rows []int32) float64 { return crossEntropyTwin(c, x, target, rows) })
		})
	}
}

func TestBCEGradient(t *testing.T) {
	b, s := BCE{Classes: 3}, new(BCEState)
	target := []float32{1, 0, 0, -1, -1, -1, 0, 1, 1, 0, 0, 0}
	logits := randoms(1, 12, 3)
	checkLoss(t, logits, 3, [][]int32{{0, 1}, {2, 3}}, []float64{3, 6},
		func(rows []int32, scale float32, d []float32) (float64, float64) {
			return b.Loss(s, logits, target, rows, scale, d)
		},
		func(x []float64, rows []int32) float64 {
			sum := 0.0
			for _, r := range rows {
				for k := int(r) * 3; k < int(r)*3+3 && target[int(r)*3] >= 0; k++ {
					sum += math.Log(1+math.Exp(x[k])) - float64(target[k])*x[k]
				}
			}
			return sum
		})
}

func TestMSEGradient(t *testing.T) {
	target := []float32{1, -2, float32(math.NaN()), 0.5}
	x := randoms(1, 4, 1)
	checkLoss(t, x, 1, [][]int32{{0, 2}, {1, 3}}, []float64{1, 2},
		func(rows []int32, scale float32, d []float32) (float64, float64) {
			return MSE{}.Loss(x, target, rows, scale, d)
		},
		func(x []float64, rows []int32) float64 {
			sum := 0.0
			for _, r := range rows {
				if d := x[r] - float64(target[r]); d == d {
					sum += d * d
				}
			}
			return sum
		})
}
