package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"braid/scripts/bench/internal/runner"
)

// Report is the content of the file that --json names.
type Report struct {
	Machine     string       `json:"machine"`
	Measured    []Cost       `json:"measured"`
	Predictions []Prediction `json:"predictions"`
}

func main() {
	steps := flag.Int("steps", 150, "steps of the longer run of each pair")
	bin := flag.String("bin", "", "directory with the three programs (default: build them)")
	most := flag.Int("workers", 8, "measure 1, 2, 4, ... workers up to this number")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scale(ctx, *bin, *most, *steps, *jsonFile); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func scale(ctx context.Context, bin string, most, steps int, jsonFile string) error {
	work, err := os.MkdirTemp("", "braid-scale-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	programs, err := runner.Find(ctx, bin, work)
	if err != nil {
		return err
	}
	shape := runner.Large(16)
	job, length, err := runner.WriteJob(work, shape)
	if err != nil {
		return err
	}
	report := Report{Machine: runner.Machine()}
	fmt.Printf("%s\n%s, %d shards, one thread per worker; per step:\n\n", report.Machine, shape, shape.Shards)
	fmt.Printf("%8s %9s %16s %12s %12s %12s\n", "workers", "wall ms", "coordinator ms", "fleet ms", "down KiB", "up KiB")
	for workers := 1; workers <= most; workers *= 2 {
		c, err := measure(ctx, programs, job, workers, steps)
		if err != nil {
			return err
		}
		fmt.Printf("%8d %9.2f %16.2f %12.2f %12.0f %12.0f\n",
			c.Workers, 1e3*c.Seconds, 1e3*c.Coordinator, 1e3*c.Fleet, c.Down/1024, c.Up/1024)
		report.Measured = append(report.Measured, c)
	}
	model := newModel(shape.Shards, report.Measured)
	fmt.Printf("\nfitted, W workers: coordinator %.2f + %.3f W ms; fleet %.2f + %.3f W ms; "+
		"down %.0f + %.0f W KiB; up %.0f + %.0f W KiB\n",
		1e3*model.Coordinator.A, 1e3*model.Coordinator.B, 1e3*model.Fleet.A, 1e3*model.Fleet.B,
		model.Down.A/1024, model.Down.B/1024, model.Up.A/1024, model.Up.B/1024)
	fmt.Printf("\npredicted, not measured (one core per machine, parts do not overlap):\n\n"+
		"%8s %7s %9s %12s %12s %12s %12s %14s\n",
		"machines", "Gbit/s", "batch", "compute ms", "coord. ms", "wire ms", "step ms", "tokens/s")
	for _, grown := range []int{1, 16} {
		for _, gbits := range []float64{1, 10} {
			for _, machines := range []int{1, 16, 64, 256} {
				p := model.predict(machines, gbits, grown)
				fmt.Printf("%8d %7.0f %9d %12.2f %12.2f %12.2f %12.2f %14.0f\n", p.Machines, p.Gbits, shape.Batch*grown,
					1e3*p.Compute, 1e3*p.Coordinator, 1e3*p.Wire, 1e3*p.Step, float64(shape.Batch*grown)*length/p.Step)
				report.Predictions = append(report.Predictions, p)
			}
		}
	}
	return runner.WriteJSON(jsonFile, report)
}

// measure returns the difference of a long and a short run, divided by the difference of their steps.
// One pair of runs measures time; another, through a relay, measures bytes.
func measure(ctx context.Context, programs runner.Programs, job string, workers, steps int) (Cost, error) {
	const short = 30
	per := 1 / float64(steps-short)
	var runs [2]runner.Run
	var down, up [2]float64
	for i, n := range []int{short, steps} {
		r, err := programs.Cluster(ctx, job, n, workers, 1, nil)
		if err != nil {
			return Cost{}, err
		}
		runs[i] = r
		var relay *relay
		_, err = programs.Cluster(ctx, job, n, workers, 1, func(server string) string {
			relay = newRelay(server)
			return relay.address()
		})
		if err != nil {
			return Cost{}, err
		}
		relay.close()
		down[i], up[i] = float64(relay.down.Load()), float64(relay.up.Load())
	}
	return Cost{
		Workers:     workers,
		Seconds:     (runs[1].Seconds - runs[0].Seconds) * per,
		Coordinator: (runs[1].Coordinator - runs[0].Coordinator) * per,
		Fleet:       (runs[1].Workers - runs[0].Workers) * per,
		Down:        (down[1] - down[0]) * per,
		Up:          (up[1] - up[0]) * per,
	}, nil
}
