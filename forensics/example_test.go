package forensics_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"braid/forensics"
	"braid/job"
	"braid/train"
)

// Train a job, and replay one of its steps from the initial parameters.
func ExampleRecordedRun_Replay() {
	base, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(base)
	path := filepath.Join(base, "run")
	if err := trainInto(path); err != nil {
		fmt.Println(err)
		return
	}
	recorded, err := forensics.Open(path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := uint64(0)
	replayed, err := recorded.Replay(context.Background(), forensics.ReplayRequest{Step: 10, From: &start, Shards: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("step %d of %d: %d shards, steps that differ: %d\n", replayed.Line.Step, recorded.Last,
		len(replayed.Shards), len(replayed.Differ))
	// Output: step 10 of 24: 4 shards, steps that differ: 0
}

func trainInto(path string) error {
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml", "training.epochs=2")
	if err != nil {
		return err
	}
	setup, err := train.Open(context.Background(), j, nil)
	if err != nil {
		return err
	}
	fleet := setup.Local(1)
	defer fleet.Close()
	_, err = train.Run(context.Background(), train.Config{Setup: setup, Fleet: fleet, Dir: path})
	return err
}
