package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"braid/scripts/bench/internal/runner"
)

// Row is a ratio of two times.
type Row struct {
	Name  string  `json:"name"`
	Ratio float64 `json:"ratio"`
	Bound float64 `json:"bound"`
}

// Report is the content of the file that --json names.
type Report struct {
	Machine string `json:"machine"`
	Rows    []Row  `json:"rows"`
}

type options struct {
	steps, threads, rounds int
	kind                   string
}

func main() {
	var o options
	flag.IntVar(&o.steps, "steps", 60, "steps of every training")
	flag.IntVar(&o.threads, "threads", 2, "goroutines")
	flag.IntVar(&o.rounds, "rounds", 5, "trainings of each kind")
	flag.StringVar(&o.kind, "kind", "upgrad", "training.conflict.kind")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, o, *jsonFile); err != nil {
		fmt.Fprintln(os.Stderr, "apart:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, o options, jsonFile string) error {
	dir, err := os.MkdirTemp("", "braid-apart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := Report{Machine: runner.Machine()}
	for _, part := range []func(context.Context, options, string) ([]Row, error){disjoint, shared} {
		rows, err := part(ctx, o, dir)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, rows...)
	}
	fmt.Printf("%s, %d goroutines\n\n| | ratio | bound |\n|---|---|---|\n", r.Machine, o.threads)
	for _, row := range r.Rows {
		fmt.Printf("| %s | %.3f | %.2f |\n", row.Name, row.Ratio, row.Bound)
	}
	return runner.WriteJSON(jsonFile, r)
}

// disjoint compares joint steps of tasks with a data set each.
func disjoint(ctx context.Context, o options, dir string) ([]Row, error) {
	const tasks = 16
	file, err := writeDisjoint(within(dir, "disjoint"), tasks)
	if err != nil {
		return nil, err
	}
	times, err := trainAll(ctx, o, file, [][]string{
		{"training.mode=joint"},
		{"training.mode=joint", "training.conflict.kind=" + o.kind},
		{"training.mode=joint", "training.measure.every=100"},
	})
	if err != nil {
		return nil, err
	}
	return []Row{
		{fmt.Sprintf("disjoint data, %d tasks: apart (%s) / joint", tasks, o.kind), times[1].step / times[0].step, 1.10},
		{fmt.Sprintf("disjoint data, %d tasks: a measurement before every 100th joint step / time", tasks),
			times[2].share(100), 0.03},
	}, nil
}

// shared compares steps of two tasks on the same sentences.
func shared(ctx context.Context, o options, dir string) ([]Row, error) {
	file, err := writeShared(within(dir, "shared"))
	if err != nil {
		return nil, err
	}
	times, err := trainAll(ctx, o, file, [][]string{
		{"training.mode=joint"},
		{"training.mode=joint", "training.conflict.kind=" + o.kind},
		{"training.mode=sampled", "training.sampling.kind=round_robin"},
		{"training.mode=sampled", "training.sampling.kind=round_robin", "training.measure.every=100"},
	})
	if err != nil {
		return nil, err
	}
	return []Row{
		{fmt.Sprintf("shared data, 2 tasks: apart (%s) / a sampled step of each task", o.kind),
			times[1].step / (2 * times[2].step), 1.10},
		{fmt.Sprintf("shared data, 2 tasks: apart (%s) / joint, whose floor is (1+2·2)/3", o.kind),
			times[1].step / times[0].step, 1.10 * 5 / 3},
		{"shared data, 2 tasks: a measurement before every 100th sampled step / time", times[3].share(100), 0.03},
	}, nil
}

// within makes a directory.
func within(dir, name string) string {
	path := filepath.Join(dir, name)
	_ = os.Mkdir(path, 0o755) // the next write returns the error
	return path
}
