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

// A short job is counted step by step, however few tasks it has.
func TestSharesOfFewTasks(t *testing.T) {
	for tasks := 1; tasks <= 2; tasks++ {
		j := testJob("sampled", "round_robin", 32, 8, tasks)
		j.Training.Steps = 6
		for task, got := range planner(t, j, Sizes{Tasks: []int{64, 64}[:tasks], Sets: []int{64, 64}}).Shares() {
			if got.Steps != uint64(6/tasks) {
				t.Errorf("task %d of %d has %d steps, want %d", task, tasks, got.Steps, 6/tasks)
			}
		}
	}
}

// A plan of 2·10^9 steps is estimated within 1 %, in little time. With round_robin every stride-th
// step is of one task if the number of tasks divides the stride, as 478 would here.
func TestSharesOfALongJob(t *testing.T) {
	const steps = 477*most + 1
	for kind, want := range map[string]float64{"round_robin": 0.5, "uniform": 0.5} {
		if kind == "uniform" && testing.Short() {
			continue // draws four million random numbers
		}
		j := testJob("sampled", kind, 32, 8, 2)
		j.Training.Steps, j.Training.Epochs = steps, 0
		for task, got := range planner(t, j, Sizes{Tasks: []int{64, 64}, Sets: []int{64, 64}}).Shares() {
			if share := float64(got.Steps) / steps; share < want-0.01 || share > want+0.01 {
				t.Errorf("%s: task %d has a share of %g", kind, task, share)
			}
			if want := float64(got.Steps) / 2; got.Passes != want {
				t.Errorf("%s: task %d has %v passes of 2 steps, want %v", kind, task, got.Passes, want)
			}
		}
	}
}

// A pass is over the task's examples in sampled mode, and over those of its data set in joint mode.
func TestPasses(t *testing.T) {
	for mode, want := range map[string][]float64{
		"sampled": {8. / 4, 8. / 2, 8. / 1}, // batches of 10 in 40, 11 and 3 examples
		"joint":   {24. / 5, 24. / 2, 24. / 5},
	} {
		j := testJob(mode, "round_robin", 10, 2, 3)
		j.Training.Steps = 24
		p := planner(t, j, Sizes{Tasks: []int{40, 11, 3}, Sets: []int{43, 11}})
		for task, got := range p.Shares() {
			if got.Passes != want[task] {
				t.Errorf("%s: task %d has %v passes, want %v", mode, task, got.Passes, want[task])
			}
		}
	}
}
