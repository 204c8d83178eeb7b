package model

import (
	"testing"

	"braid/gradient"
	"braid/plan"
)

// A step of batches of changing lengths allocates nothing once the memory has grown.
func TestStepsAllocateNothing(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	for _, mode := range []string{"sampled", "joint"} {
		for _, precision := range []string{"f32", "bf16"} {
			for threads := 1; threads <= 3; threads++ {
				overrides := []string{"training.mode=" + mode, "training.precision=" + precision}
				if precision == "bf16" { // with characters and features
					overrides = append(overrides, sharings[len(sharings)-1].overrides...)
				}
				j, p := small(t, overrides...)
				pl := planner(t, j, p)
				var steps []plan.Step
				var scale [][]float32
				for n := range pl.Steps() {
					steps = append(steps, pl.At(n))
					scale = append(scale, scales(j, p, steps[n]))
				}
				m := newModel(j, p)
				e := m.engine(threads)
				changed := make([]bool, len(m.Params.Groups))
				changed[0], changed[len(changed)-len(j.Tasks)] = true, true
				nodes := []gradient.Node{gradient.Root}
				epoch := func() {
					for n := range steps {
						e.Pack(m.Params, changed)
						g, err := e.Gradients(t.Context(), p.Sets, steps[n], scale[n], nodes, nil)
						if err != nil {
							t.Fatal(err)
						}
						e.Release(g[0])
					}
				}
				// The scheduler decides which goroutine takes which part, and a goroutine's memory grows
				// until it has met the largest part. So measure again while memory still grows: code
				// that allocates in every step stays at one allocation per step or more.
				allocations, enough := 0.0, 0.0
				if threads > 1 {
					enough = float64(len(steps)) - 1
				}
				for range 10 {
					for range 30 {
						epoch()
					}
					if allocations = testing.AllocsPerRun(5, epoch); allocations <= enough {
						break
					}
				}
				if allocations > enough {
					t.Errorf("%s, %s, %d threads: %v allocations in %d steps", mode, precision, threads, allocations, len(steps))
				}
			}
		}
	}
}
