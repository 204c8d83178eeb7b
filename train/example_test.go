package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"braid/job"
	"braid/train"
)

// Train a job with two goroutines of this process.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml", "training.epochs=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	setup, err := train.Open(context.Background(), j, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fleet := setup.Local(2)
	defer fleet.Close()
	config := train.Config{Setup: setup, Fleet: fleet, Dir: filepath.Join(dir, "run"), Threads: 2}
	config.Events = func(e train.Event) {
		if e, ok := e.(train.Evaluated); ok {
			fmt.Printf("step %d of %d, best so far: %v\n", e.Step, e.Steps, e.Best)
		}
	}
	summary, err := train.Run(context.Background(), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = os.Stat(filepath.Join(dir, "run", "model", "weights.safetensors"))
	fmt.Println(summary.Steps, "steps, the model is on disk:", err == nil)
	// Output:
	// step 24 of 24, best so far: true
	// 24 steps, the model is on disk: true
}
