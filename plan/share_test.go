package plan

import "testing"

// Shares agree with a count over the steps of the plan.
func TestSharesAreTheSteps(t *testing.T) {
	sizes := Sizes{Tasks: []int{310, 100, 3}, Sets: []int{310, 120}}
	for _, mode := range []string{"sampled", "joint"} {
		for kind := range samplers {
			j := testJob(mode, kind, 32, 8, 3)
			if mode == "joint" {
				j.Training.TasksPerStep = 2
			}
			p := planner(t, j, sizes)
			want := make([]uint64, 3)
			for step := range p.Steps() {
				for _, s := range p.At(step).Streams {
					for _, task := range s.Tasks {
						want[task]++
					}
				}
			}
			for task, got := range p.Shares() {
				if got.Steps != want[task] {
					t.Errorf("%s, %s: task %d has %d steps, want %d", mode, kind, task, got.Steps, want[task])
				}
			}
		}
	}
}

// A plan of 2·10^9 steps is estimated within 1 %, in little time, also with round_robin.
func TestSharesOfALongJob(t *testing.T) {
	for kind, want := range map[string]float64{"round_robin": 0.5, "uniform": 0.5} {
		j := testJob("sampled", kind, 32, 8, 2)
		j.Training.Steps, j.Training.Epochs = 2_000_000_000, 0
		for task, got := range planner(t, j, Sizes{Tasks: []int{64, 64}, Sets: []int{64, 64}}).Shares() {
			if share := float64(got.Steps) / 2e9; share < want-0.01 || share > want+0.01 {
				t.Errorf("%s: task %d has a share of %g", kind, task, share)
			}
		}
	}
}
