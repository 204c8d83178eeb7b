package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"

	"braid/scripts/bench/internal/runner"
)

// comparison holds the rounds of one setting. Index 0 is the older build, 1 the newer build.
type comparison struct {
	Setting string       `json:"setting"`
	Workers int          `json:"workers"`           // size of the cluster; 0: one process
	Speed   [2][]float64 `json:"tokens_per_second"` // by round
	CPU     [2][]float64 `json:"cpu_seconds_a_step"`
}

func (c *comparison) name() string {
	if c.Workers == 0 {
		return c.Setting + ", local"
	}
	return fmt.Sprintf("%s, %d workers", c.Setting, c.Workers)
}

// firstSteps is the length of the run that finds how many steps fill the time of a round.
const firstSteps = 60

// measure trains with both builds by turns and compares their models.
func (c *comparison) measure(ctx context.Context, builds [2]runner.Programs, work string, shape runner.Shape,
	o options) error {
	dir, err := os.MkdirTemp(work, "job-")
	if err != nil {
		return err
	}
	job, length, err := runner.WriteJob(dir, shape)
	if err != nil {
		return err
	}
	train := func(p runner.Programs, steps int) (runner.Run, error) {
		if c.Workers == 0 {
			return p.Local(ctx, job, steps, runtime.NumCPU())
		}
		return p.Cluster(ctx, job, steps, c.Workers, max(1, runtime.NumCPU()/c.Workers), nil)
	}
	first, err := train(builds[0], firstSteps)
	if err != nil {
		return err
	}
	steps := max(firstSteps, int(o.seconds*first.Steady/(length*float64(shape.Batch))))
	for round := range o.rounds {
		var models [2]string
		for turn := range builds {
			i := (turn + round) % 2
			r, err := train(builds[i], steps)
			if err != nil {
				return err
			}
			models[i] = r.SHA256
			c.Speed[i] = append(c.Speed[i], r.Steady)
			c.CPU[i] = append(c.CPU[i], (r.Coordinator+r.Workers)/float64(steps))
		}
		if models[0] != models[1] {
			return fmt.Errorf("the builds give different models: %s before, %s after", models[0], models[1])
		}
	}
	return nil
}

func (c *comparison) print() {
	speed, cpu := ratios(c.Speed), ratios(c.CPU)
	fmt.Printf("%-36s %11.0f %11.0f %11.2f %11.2f %9.3f %9.3f   %.3f to %.3f\n", c.name(),
		runner.Median(c.Speed[0]), runner.Median(c.Speed[1]), 1e3*runner.Median(c.CPU[0]), 1e3*runner.Median(c.CPU[1]),
		runner.Median(speed), runner.Median(cpu), slices.Min(speed), slices.Max(speed))
}

// ratios returns after/before for each round.
func ratios(rounds [2][]float64) []float64 {
	r := make([]float64, len(rounds[0]))
	for i := range r {
		r[i] = rounds[1][i] / rounds[0][i]
	}
	return r
}
