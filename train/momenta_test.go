package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"braid/gradient"
	"braid/mtl"
	"braid/plan"
)

// M-ConFIG against a direct form in float64: bias-corrected means of the gradients, and ConFIG of their Gram matrix.
func TestMomentaAreMConFIG(t *testing.T) {
	const tasks, n, beta, mean = 3, 40, 0.8, 0.25
	random := rand.New(rand.NewPCG(1, 2))
	m := &momenta{beta: beta, ranges: []gradient.Range{{Slot: 0, Hi: 30}, {Slot: 2, Lo: 5, Hi: 15}},
		steps: make([]float64, tasks), gram: mtl.NewGram(tasks)}
	direct, steps := make([][]float64, tasks), make([]float64, tasks)
	for i := range tasks {
		m.m = append(m.m, make([]float32, n))
		direct[i] = make([]float64, n)
	}
	for step := range 30 {
		task := step * step % 7 % tasks
		g := &gradient.Gradient{Dense: [][]float32{normal(random, 30), nil, normal(random, 20)},
			Rows: make([]gradient.Rows, 3), Loss: make([]gradient.Loss, tasks)}
		numbers := append(append([]float32{}, g.Dense[0]...), g.Dense[2][5:15]...)
		untouched := append([]float32{}, g.Dense[2]...)
		if step == 12 { // not finite: nothing happens
			g.Loss[task].Sum = math.Inf(1)
			m.apply(plan.Step{Streams: []plan.Stream{{Tasks: []int{task}}}}, g, mean)
			if m.factors != nil {
				t.Error("a step that is not finite has factors")
			}
			continue
		}
		steps[task]++
		for i, v := range numbers {
			direct[task][i] = beta*direct[task][i] + (1-beta)*mean*float64(v)
		}
		m.apply(plan.Step{Streams: []plan.Stream{{Tasks: []int{task}}}}, g, mean)
		want := make([]float64, n)
		if all := steps[0] > 0 && steps[1] > 0 && steps[2] > 0; all {
			corrected, gram := make([][]float64, tasks), mtl.NewGram(tasks)
			for i := range tasks {
				for _, v := range direct[i] {
					corrected[i] = append(corrected[i], v/(1-math.Pow(beta, steps[i])))
				}
			}
			for i := range tasks {
				for j := range tasks {
					for k, v := range corrected[i] {
						gram.V[i*tasks+j] += v * corrected[j][k]
					}
				}
			}
			for i, f := range mtl.ConFIG(gram) {
				for k, v := range corrected[i] {
					want[k] += f * v / mean
				}
			}
		} else {
			for i, v := range numbers {
				want[i] = float64(v)
			}
		}
		for i, v := range append(append([]float32{}, g.Dense[0]...), g.Dense[2][5:15]...) {
			if math.Abs(float64(v)-want[i]) > 1e-4*(1+math.Abs(want[i])) {
				t.Fatalf("step %d, number %d: %v, want %v", step, i, v, want[i])
			}
		}
		if g.Dense[2][4] != untouched[4] || g.Dense[2][15] != untouched[15] {
			t.Error("numbers outside the ranges changed")
		}
	}
}

func normal(random *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	return x
}
