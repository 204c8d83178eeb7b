package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
)

// experiment is the settings of the command line.
type experiment struct {
	snips, intent string
	known, steps  int
	examples      []int
	rate          float64
	seeds         int
	work          string // directory of data, jobs and runs
}

func main() {
	x := experiment{snips: "examples/data/snips", examples: []int{10, 100}}
	flag.StringVar(&x.intent, "intent", "AddToPlaylist", "intent that the model does not have")
	flag.IntVar(&x.known, "known", 300, "training sentences of each intent of the model; 0: all")
	flag.IntVar(&x.steps, "steps", 400, "steps that train the model, and as many that train the new tasks")
	flag.Float64Var(&x.rate, "rehearse", 0.1, "share of the steps that train the old tasks")
	flag.IntVar(&x.seeds, "seeds", 1, "train with the seeds from 1 to this number")
	flag.StringVar(&x.work, "out", "", "keep data, jobs and runs in this new directory")
	flag.Func("examples", "training sentences of each intent for the new tasks, as 10,100 (0: all)",
		func(text string) (err error) {
			x.examples, err = numbers(text)
			return err
		})
	jsonFile := flag.String("json", "", "also write the figures to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	t, err := x.run(ctx)
	if err == nil {
		t.print(os.Stdout)
		err = t.save(*jsonFile)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "transfer:", err)
		os.Exit(1)
	}
}

func numbers(text string) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, errors.New("write numbers, as 10,100")
		}
		list = append(list, n)
	}
	return list, nil
}

func (x *experiment) run(ctx context.Context) (*table, error) {
	if x.work == "" {
		dir, err := os.MkdirTemp("", "braid-transfer-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		x.work = dir
	}
	work, err := filepath.Abs(x.work)
	if err != nil {
		return nil, err
	}
	x.work = work
	if err := makeData(x.snips, filepath.Join(work, "data"), x.intent, x.known, x.examples); err != nil {
		return nil, err
	}
	text, err := os.ReadFile("examples/snips.yaml")
	if err != nil {
		return nil, fmt.Errorf("%w: run from the project's root", err)
	}
	jobs, err := newJobs(string(text), x.steps, x.rate)
	if err != nil {
		return nil, fmt.Errorf("examples/snips.yaml: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(work, "braid"), "./cmd/braid")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build ./cmd/braid: %w", err)
	}
	t := &table{intent: x.intent}
	for seed := 1; seed <= x.seeds; seed++ {
		model, _, err := x.train(ctx, jobs.model(x.steps), "model", seed)
		if err != nil {
			return nil, err
		}
		for _, n := range x.examples {
			for i, a := range jobs.arms(n, model) {
				out, summary, err := x.train(ctx, a.text, fmt.Sprintf("%d-%d", n, i), seed)
				if err != nil {
					return nil, fmt.Errorf("%s, seed %d: %w", a.name, seed, err)
				}
				recall, err := x.evaluate(ctx, out)
				if err != nil {
					return nil, err
				}
				t.add(n, a, summary, recall)
				fmt.Fprintf(os.Stderr, "%d sentences, %s, seed %d: %.0f s\n", n, a.name, seed, summary.Seconds)
			}
		}
	}
	return t, nil
}
