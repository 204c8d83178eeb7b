package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
)

// The data have the sentences that they should have, and the jobs can be read.
func TestDataAndJobs(t *testing.T) {
	dir := t.TempDir()
	const snips, intent = "../../testdata/excerpts/snips", "PlayMusic"
	if err := makeData(snips, filepath.Join(dir, "data"), intent, 0, []int{3}); err != nil {
		t.Fatal(err)
	}
	known, err := read(filepath.Join(dir, "data", "known", "train"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range known {
		if s.intent() == intent {
			t.Fatalf("the model knows %q", s)
		}
	}
	few, err := read(filepath.Join(dir, "data", "all-3", "train"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, s := range few {
		count[s.intent()]++
	}
	for of, n := range count {
		if n > 3 {
			t.Errorf("%d sentences of %s", n, of)
		}
	}
	text, err := os.ReadFile("../../examples/snips.yaml")
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := newJobs(string(text), 90, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "job.yaml")
	load := func(text string) *job.Job {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		j, err := job.Load(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return j
	}
	model := filepath.Join(dir, "model")
	if err := os.Mkdir(model, 0o755); err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	sums := sum + "  labels.json\n" + sum + "  vocab.json\n" + sum + "  weights.safetensors\n"
	for name, text := range map[string]string{"SHA256SUMS": sums, "job.yaml": string(load(jobs.model(50)).YAML())} {
		if err := os.WriteFile(filepath.Join(model, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range jobs.arms(3, model) {
		j := load(a.text)
		if want := map[bool]int{true: 100, false: 90}[j.Init.Rehearse > 0]; j.Training.Steps != want {
			t.Errorf("%s: %d steps, want %d", a.name, j.Training.Steps, want)
		}
	}
}
