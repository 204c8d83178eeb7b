package plan

import (
	"math"
	"testing"

	"braid/job"

	"pgregory.net/rapid"
)

// Old tasks share the rate and new ones the rest, each in the proportions of the sampler, and the draws follow.
func TestRehearse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"uniform", "proportional", "temperature", "annealed", "explicit"}).Draw(t, "kind")
		j := testJob("sampled", kind, 8, 2, 4)
		sizes := Sizes{Tasks: []int{30, 17, 200, 60}, Sets: []int{30, 17, 200, 60}}
		j.Data, j.Tasks = nil, nil
		for _, name := range []string{"a", "b", "c", "d"} {
			j.Data = append(j.Data, job.DataSet{Name: name})
			j.Tasks = append(j.Tasks, job.Task{Name: name, Data: name, Probability: 1})
		}
		j.Training.Epochs = 3
		plain := planner(t, j, sizes)
		rate := rapid.Float64Range(0.01, 0.9).Draw(t, "rate")
		j.Init = job.Init{Rehearse: rate, Old: []string{"b", "d"}}
		p := planner(t, j, sizes)
		step := rapid.Uint64Range(0, p.Steps()-1).Draw(t, "step")
		want, got := plain.Probabilities(step), p.Probabilities(step)
		if math.Abs(got[1]+got[3]-rate) > 1e-12 || math.Abs(got[0]+got[2]-(1-rate)) > 1e-12 {
			t.Errorf("rate %g: shares %v", rate, got)
		}
		for _, pair := range [][2]int{{0, 2}, {1, 3}} {
			a, b := pair[0], pair[1]
			if math.Abs(got[a]*want[b]-got[b]*want[a]) > 1e-12 {
				t.Errorf("shares %v, without rehearsal %v", got, want)
			}
		}
		old := 0.0
		for n := range uint64(600) {
			if task := p.At(n).Streams[0].Tasks[0]; task == 1 || task == 3 {
				old++
			}
		}
		if sd := math.Sqrt(600 * rate * (1 - rate)); math.Abs(old-600*rate) > 6*sd+1 {
			t.Errorf("%g of 600 steps are of old tasks, the rate is %g", old, rate)
		}
	})
}
