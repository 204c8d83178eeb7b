package toy

import (
	"math"
	"math/rand/v2"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
	"braid/task"
)

// Gradients of nearest equal finite differences, for texts and for words, with labels that are missing; scale is a
// factor on every gradient and on no loss.
func TestNearestGradient(t *testing.T) {
	for _, kind := range []string{"classification", "tagging"} {
		r := rand.New(rand.NewPCG(1, 2))
		d := newNearest(task.DecoderSpec{Task: job.Task{Kind: kind}, Labels: data.NewLabels([]string{"a", "b", "c"}),
			Width: 4}).(*nearest)
		l := nn.NewLayout([]int32{3, 2, 1}, []int32{1, 0, 1}, 2)
		rows := l.B()
		if d.perWord {
			rows = l.N()
		}
		group := nn.NewGroup("head", d.Specs())
		group.Init(3, d.Specs())
		x, targets := make([]float32, rows*4), task.Targets{}
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for i := range rows {
			targets.Known = append(targets.Known, int32(i%4)-1)
		}
		weights, pass := d.NewWeights(), d.NewPass()
		loss := func(scale float32) (sum, normaliser float64) {
			weights.Pack(group.Params, true)
			pass.Forward(weights, l, x)
			for shard := range l.S() {
				s, n := pass.Loss(&targets, shard, scale)
				sum, normaliser = sum+s, normaliser+n
			}
			return sum, normaliser
		}
		one, n := loss(1)
		half, _ := loss(0.5)
		if one != half || n != float64(rows-(rows+3)/4) {
			t.Errorf("%s: loss %v over %v rows, %v with scale 0.5", kind, one, n, half)
		}
		grad, part := make([]float32, len(group.Data)), make([]float32, len(group.Data))
		dx := append([]float32(nil), pass.Backward(weights, nil)...)
		for shard := range l.S() {
			pass.Write(shard, part)
			for i, v := range part {
				grad[i] += v
			}
		}
		check := func(x, grad []float32) {
			const step = 1.0 / 128
			for i, was := range x {
				x[i] = was + step
				up, _ := loss(1)
				x[i] = was - step
				down, _ := loss(1)
				x[i] = was
				if want := (up - down) / (4 * step); math.Abs(want-float64(grad[i])) > 1e-3*(1+math.Abs(want)) {
					t.Errorf("%s: gradient %d is %v, difference %v", kind, i, grad[i], want)
				}
			}
		}
		check(x, dx)
		check(group.Data, grad)
	}
}
