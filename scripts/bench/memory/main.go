package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"braid/scripts/bench/internal/runner"
)

// Row holds the calculated and the measured memory of a worker, in bytes.
type Row struct {
	Workers     int   `json:"workers"`
	Parameters  int64 `json:"parameters"`
	Activations int64 `json:"activations"`
	Bound       int64 `json:"bound"` // 3 (parameters + activations)
	Peak        int64 `json:"peak"`  // peak resident memory of the largest worker
}

// Report is the content of the file that --json names.
type Report struct {
	Machine string `json:"machine"`
	Base    int64  `json:"base"` // peak resident memory of an idle worker
	Rows    []Row  `json:"rows"`
}

func main() {
	steps := flag.Int("steps", 100, "steps to train")
	jsonFile := flag.String("json", "", "write the figures to this file too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *steps, *jsonFile); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, steps int, jsonFile string) error {
	dir, err := os.MkdirTemp("", "braid-memory-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	programs, err := runner.Find(ctx, "", dir)
	if err != nil {
		return err
	}
	shape := runner.Large(8)
	job, _, err := runner.WriteJob(dir, shape)
	if err != nil {
		return err
	}
	r := Report{Machine: runner.Machine()}
	if r.Base, err = programs.WorkerBase(ctx); err != nil {
		return err
	}
	fmt.Printf("%s; %s, %d shards, one thread per worker; an idle worker: %.1f MB\n\n",
		r.Machine, shape, shape.Shards, mega(r.Base))
	fmt.Println("| workers | parameters | activations of its shards | 3 × the sum | peak resident | × the sum |\n" +
		"|---|---|---|---|---|---|")
	for _, workers := range []int{1, 2, 4} {
		run, err := programs.Cluster(ctx, job, steps, workers, 1, nil)
		if err != nil {
			return err
		}
		row := Row{Workers: workers, Peak: run.WorkerPeak,
			Parameters: parameters(shape), Activations: activations(shape, workers)}
		need := row.Parameters + row.Activations
		row.Bound = 3 * need
		r.Rows = append(r.Rows, row)
		fmt.Printf("| %d | %.1f | %.1f | %.1f | %.1f | %.2f |\n", workers, mega(row.Parameters), mega(row.Activations),
			mega(row.Bound), mega(row.Peak), float64(row.Peak)/float64(need))
	}
	return runner.WriteJSON(jsonFile, r)
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

// The runner's job: an LSTM of one layer and direction, 7 classes and 9 tags.
const classes, tags = 7, 9

// parameters returns the bytes of the model: word table, LSTM with two biases, heads.
func parameters(s runner.Shape) int64 {
	d, h := s.Dim, s.Hidden
	return 4 * int64(s.Vocab*d+4*h*(d+h+2)+(classes+tags)*(h+1))
}

// activations returns the bytes that the backward pass of a worker's rows reads or writes: inputs and
// their gradient; gates, cell, its tanh, hidden state and its gradient; logits, probabilities and
// their gradient.
func activations(s runner.Shape, workers int) int64 {
	rows := s.Batch * s.Length / workers
	return 4 * int64(rows*(2*s.Dim+4*s.Hidden+4*s.Hidden+3*tags))
}
