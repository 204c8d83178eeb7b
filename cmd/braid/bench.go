package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"braid/cmd/internal/term"
	"braid/internal/kernel"
	"braid/job"
	"braid/plan"
	"braid/train"
)

type benchCommand struct {
	Job     string   `arg:"" help:"${bench_job}" placeholder:"JOB.yaml"`
	Steps   int      `help:"${bench_steps}" default:"200"`
	Workers int      `help:"${bench_workers}" placeholder:"N"`
	Cluster int      `help:"${bench_cluster}" placeholder:"N"`
	Set     []string `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
	JSON    bool     `help:"${json}"`
}

// benchFigures are the results of bench.
type benchFigures struct {
	Job             string      `json:"job"`
	Kernel          string      `json:"kernel"`
	Workers         int         `json:"workers"`           // goroutines
	Cluster         int         `json:"cluster,omitempty"` // processes
	Steps           int         `json:"steps"`
	TokensPerSecond float64     `json:"tokens_per_second"`
	GFLOPs          float64     `json:"gflop_per_second"`
	PeakGFLOPs      float64     `json:"peak_gflop_per_second"`
	OfPeak          float64     `json:"of_peak"`
	StepMillis      float64     `json:"step_ms"`
	Shares          benchShares `json:"shares"`
	ParameterBytes  float64     `json:"parameter_bytes"` // per step: changed parameters; in a cluster, as published once
	// per step: the root; in a cluster, all that the coordinator received
	GradientBytes float64 `json:"gradient_bytes"`
}

// benchShares are shares of the wall time of the steps. Their sum is 1.
type benchShares struct {
	Compute  float64 `json:"compute"`
	Reduce   float64 `json:"reduce"`
	Wire     float64 `json:"wire"`
	Wait     float64 `json:"wait"`
	Optimise float64 `json:"optimise"`
	Rest     float64 `json:"rest"`
}

// benchTimes are the times of a range of steps.
type benchTimes struct {
	first, last                                      uint64 // steps first to last-1
	all, compute, reduce, wire, wait, optimise, rest time.Duration
	parameterBytes, gradientBytes                    float64
}

// Run times the steps of a job.
func (c benchCommand) Run(ctx context.Context, s streams) error {
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Steps < 1 {
		return fmt.Errorf("--steps %d: give at least 1", c.Steps)
	}
	if c.Cluster < 0 {
		return fmt.Errorf("--cluster %d: give the number of workers", c.Cluster)
	}
	warm := max(c.Steps/5, 1)
	steps := warm + c.Steps
	if c.Cluster > 0 {
		steps *= clusterSpare
	}
	// No evaluation and no checkpoint interrupts the steps.
	c.Set = append(c.Set, fmt.Sprintf("training.steps=%d", steps), "training.epochs=0", "training.patience=0",
		fmt.Sprintf("training.evaluate_every=%d", steps), fmt.Sprintf("cluster.checkpoint_every=%d", steps))
	j, err := job.Load(c.Job, c.Set...)
	if err != nil {
		return err
	}
	screen := term.NewScreen(s.out, taskNames(j))
	setup, err := train.Open(ctx, j, screen.Status)
	screen.Wipe()
	if err != nil {
		return err
	}
	if c.Cluster > 0 {
		c.Workers = c.Cluster * c.threads()
	}
	f := benchFigures{Job: j.Name, Kernel: kernel.Form(), Workers: c.Workers, Cluster: c.Cluster,
		PeakGFLOPs: peak(c.Workers)}
	var t benchTimes
	if c.Cluster > 0 {
		t, err = c.timeCluster(ctx, uint64(warm), uint64(c.Steps))
	} else {
		t, err = timeLocal(ctx, setup, c.Workers, uint64(warm))
	}
	if err != nil {
		return err
	}
	f.fill(t, setup)
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(f)
	}
	f.print(s)
	return nil
}

// fill computes the figures from the times. The work of the steps follows from the plan.
func (f *benchFigures) fill(t benchTimes, setup *train.Setup) {
	words, operations := 0, 0.0
	var step plan.Step
	for n := t.first; n < t.last; n++ {
		setup.Plan.Fill(&step, n)
		words += setup.Arch.CountWords(setup.Data.Sets, step)
		operations += setup.Arch.Operations(setup.Data.Sets, step)
	}
	all, steps := t.all.Seconds(), float64(t.last-t.first)
	share := func(d time.Duration) float64 { return d.Seconds() / all }
	f.Steps = int(t.last - t.first)
	f.TokensPerSecond = float64(words) / all
	f.GFLOPs = operations / all / 1e9
	f.OfPeak = f.GFLOPs / f.PeakGFLOPs
	f.StepMillis = 1000 * all / steps
	f.Shares = benchShares{share(t.compute), share(t.reduce), share(t.wire), share(t.wait), share(t.optimise),
		share(t.rest)}
	f.ParameterBytes, f.GradientBytes = t.parameterBytes/steps, t.gradientBytes/steps
}

func (f *benchFigures) print(s streams) {
	computed := number(f.Workers, "goroutine")
	if f.Cluster > 0 {
		computed = number(f.Cluster, "worker process") + ", " + computed
	}
	percent := func(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) }
	x := f.Shares
	shares := []string{"compute " + percent(x.Compute), "reduce " + percent(x.Reduce)}
	if f.Cluster > 0 {
		shares = append(shares, "wire "+percent(x.Wire))
	}
	shares = append(shares, "wait "+percent(x.Wait), "optimise "+percent(x.Optimise), "rest "+percent(x.Rest))
	rows := [][]string{
		{"tokens/s", term.Count(uint64(f.TokensPerSecond)), fmt.Sprintf("%s, kernel %s, %d steps of %s", computed, f.Kernel,
			f.Steps, f.Job)},
		{"GFLOP/s", fmt.Sprintf("%.1f", f.GFLOPs), fmt.Sprintf("%s of %.1f, the peak of as many goroutines",
			percent(f.OfPeak), f.PeakGFLOPs)},
		{"ms a step", fmt.Sprintf("%.3f", f.StepMillis), strings.Join(shares, ", ")},
		{"bytes a step", term.Count(uint64(f.ParameterBytes)), "of changed parameters"},
		{"", term.Count(uint64(f.GradientBytes)), "of gradient"},
	}
	term.Table(s.out, []bool{false, true, false}, rows)
}

// number formats a number and the noun that it counts.
func number(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// peak measures the multiply-add speed of a number of goroutines, in GFLOP/s.
func peak(workers int) (sum float64) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range workers {
		wg.Go(func() {
			own := kernel.Peak(200 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			sum += own
		})
	}
	wg.Wait()
	return sum
}
