package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/gradient"
	"braid/internal/kernel"
	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/train"
)

type benchCommand struct {
	Job     string   `arg:"" help:"Job file: its steps are timed, nothing is kept." placeholder:"JOB.yaml"`
	Steps   int      `help:"Steps to time, after a fifth of as many to warm up." default:"200"`
	Workers int      `help:"Goroutines that compute. Default: all processors." placeholder:"N"`
	Set     []string `help:"Change a value of the job, as train does. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	JSON    bool     `help:"Write the figures as JSON."`
}

// Help is shown below the flags.
func (benchCommand) Help() string {
	return `Tokens/s are of training steps: forward, backward and update. GFLOP/s count the multiply-adds of
the LSTM's and heads' products, as two operations each; the peak is this machine's own, measured
before with one product that fits the cache.

Examples:
  braid bench examples/godoc.yaml
  braid bench examples/snips.yaml --workers 1 --steps 500 --json
  BRAID_KERNEL=avx2 braid bench examples/snips.yaml`
}

// benchFigures is what bench measures.
type benchFigures struct {
	Job             string  `json:"job"`
	Kernel          string  `json:"kernel"`
	Workers         int     `json:"workers"`
	Steps           int     `json:"steps"`
	TokensPerSecond float64 `json:"tokens_per_second"`
	GFLOPs          float64 `json:"gflop_per_second"`
	PeakGFLOPs      float64 `json:"peak_gflop_per_second"`
	OfPeak          float64 `json:"of_peak"`
	StepMillis      float64 `json:"step_ms"`
	Compute         float64 `json:"compute"` // shares of the step
	Apply           float64 `json:"apply"`
	GradientBytes   int     `json:"gradient_bytes"` // of one step: what a worker of a cluster would send
}

// Run times a job's steps.
func (c benchCommand) Run(ctx context.Context, s streams) error {
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Steps < 1 {
		return fmt.Errorf("--steps %d: give at least 1", c.Steps)
	}
	warm := max(c.Steps/5, 1)
	j, err := job.Load(c.Job, append(c.Set, fmt.Sprintf("training.steps=%d", warm+c.Steps), "training.epochs=0",
		fmt.Sprintf("training.evaluate_every=%d", warm+c.Steps), "training.patience=0", fmt.Sprintf("cluster.checkpoint_every=%d", warm+c.Steps))...)
	if err != nil {
		return err
	}
	screen := term.NewScreen(s.out, taskNames(j))
	prepared, _, err := data.Prepare(ctx, j, screen.Status)
	screen.Wipe()
	if err != nil {
		return err
	}
	m := model.New(train.ModelSpec(j, prepared))
	f := benchFigures{Job: j.Name, Kernel: kernel.Form(), Workers: c.Workers, Steps: c.Steps, PeakGFLOPs: peak(c.Workers)}
	if err := f.time(ctx, j, prepared, m, warm); err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(f)
	}
	f.print(s)
	return nil
}

// time trains in a directory that is thrown away.
func (f *benchFigures) time(ctx context.Context, j *job.Job, p *data.Prepared, m *model.Model, warm int) error {
	dir, err := os.MkdirTemp("", "braid-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Dev and test are not scored here.
	sets := make([]data.Set, len(p.Sets))
	for i, set := range p.Sets {
		sets[i] = data.Set{Name: set.Name, Train: set.Train}
	}
	bare := *p
	bare.Sets = sets
	var all, compute, apply time.Duration
	tokens, bytes := 0, 0
	operations := 0.0
	fleet := &weighed{Fleet: train.Local(m, sets, f.Workers), size: &bytes}
	defer fleet.Close()
	_, err = train.Run(ctx, train.Config{Job: j, Data: &bare, Fleet: fleet, Dir: filepath.Join(dir, "run"), Threads: f.Workers,
		Events: func(e train.Event) {
			if e, ok := e.(train.Stepped); ok && e.Step > uint64(warm) {
				all, compute, apply = all+e.Took, compute+e.Compute, apply+e.Apply
				tokens += e.Tokens
				operations += float64(e.Tokens) * perToken(m)
			}
		}})
	if err != nil {
		return err
	}
	f.TokensPerSecond = float64(tokens) / all.Seconds()
	f.GFLOPs = operations / all.Seconds() / 1e9
	f.OfPeak = f.GFLOPs / f.PeakGFLOPs
	f.StepMillis = all.Seconds() * 1000 / float64(f.Steps)
	f.Compute, f.Apply = compute.Seconds()/all.Seconds(), apply.Seconds()/all.Seconds()
	f.GradientBytes = bytes
	return nil
}

// perToken is how many operations a word costs in the LSTM's products: forward, and twice
// as many backward.
func perToken(m *model.Model) float64 {
	weights := 0
	for _, p := range m.Params.Groups[nn.GroupEncoder].Params {
		if len(p.Shape) == 2 {
			weights += len(p.Data)
		}
	}
	return 3 * 2 * float64(weights)
}

func (f *benchFigures) print(s streams) {
	rows := [][]string{
		{"tokens/s", term.Count(uint64(f.TokensPerSecond)), fmt.Sprintf("%d workers, kernel %s, %d steps of %s", f.Workers, f.Kernel, f.Steps, f.Job)},
		{"GFLOP/s", fmt.Sprintf("%.1f", f.GFLOPs), fmt.Sprintf("%.0f%% of %.1f, one product on as many goroutines", 100*f.OfPeak, f.PeakGFLOPs)},
		{"step", fmt.Sprintf("%.3f ms", f.StepMillis), fmt.Sprintf("compute and reduce %.0f%%, weigh and optimise %.0f%%", 100*f.Compute, 100*f.Apply)},
		{"gradient", fmt.Sprintf("%s bytes", term.Count(uint64(f.GradientBytes))), "a step, at the root: what a worker would send"},
	}
	term.Table(s.out, []bool{false, true, false}, rows)
}

// peak measures one product that fits the cache, on as many goroutines, in GFLOP/s.
func peak(workers int) float64 {
	const m, k, n, rounds = 64, 256, 1024, 200
	var wg sync.WaitGroup
	begin := time.Now()
	for range workers {
		wg.Go(func() {
			a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
			var packed kernel.Packed
			packed.Pack(b, k, n, n)
			for range rounds {
				kernel.MatMul(c, n, a, k, m, &packed, false)
			}
		})
	}
	wg.Wait()
	return float64(workers) * rounds * 2 * m * k * n / time.Since(begin).Seconds() / 1e9
}

// weighed notes the size of the newest gradient.
type weighed struct {
	train.Fleet
	size *int
}

func (w *weighed) Gradient(ctx context.Context, work train.Work) (*gradient.Gradient, error) {
	g, err := w.Fleet.Gradient(ctx, work)
	if err == nil {
		*w.size = g.Size(gradient.F32)
	}
	return g, err
}
