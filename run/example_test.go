package run_test

import (
	"fmt"
	"os"
	"path/filepath"

	"braid/job"
	"braid/run"
)

const exampleJob = `name: example
data:
  d: {format: jsonl, train: t.jsonl}
encoder: {word: {dim: 4}, lstm: {hidden: 4}}
tasks: [{name: a, kind: classification, data: d, field: a, pooling: max}]
training: {batch: 4, shards: 2, steps: 10}
`

// Create a run directory, write to it, and read its status.
func ExampleInspect() {
	base, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(base)
	j, err := job.Parse("example.yaml", []byte(exampleJob), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(base, "run")
	dir, err := run.Open(path, j, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = dir.Journal.Note(run.Entry{Event: run.EventStarted, Fields: map[string]any{run.FieldSteps: 10}})
	_ = dir.Journal.Note(run.Entry{Event: run.EventStopped, Step: 3, Message: "interrupted"})
	if err := dir.Close(); err != nil {
		fmt.Println(err)
		return
	}
	status, err := run.Inspect(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s after step %d of %d: %s\n", status.Phase, status.Step, status.Steps, status.Message)
	// Output: stopped after step 3 of 10: interrupted
}
