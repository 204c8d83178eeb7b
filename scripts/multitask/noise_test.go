package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
)

// The written job has the tasks of the example and one more, and the written data have all examples.
func TestNoise(t *testing.T) {
	dir := t.TempDir()
	if err := noise("../../testdata/excerpts/snips", "../../examples/snips.yaml", dir); err != nil {
		t.Fatal(err)
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(j.Tasks); n != 3 || j.Tasks[2].Name != "noise" || j.Training.Epochs != 20 {
		t.Errorf("%d tasks, %d epochs", n, j.Training.Epochs)
	}
	want, err := os.ReadFile("../../testdata/excerpts/snips/train/label")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "train.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := strings.Count(string(want), "\n"), strings.Count(string(got), "\n"); a != b || a == 0 {
		t.Errorf("%d lines, want %d", b, a)
	}
}
