package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"braid/run"
)

// train trains a job and returns its run directory and its summary.
func (x *experiment) train(ctx context.Context, text, name string, seed int) (out string, s *run.Summary, err error) {
	name = fmt.Sprintf("%s-%d", name, seed)
	file := filepath.Join(x.work, name+".yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", nil, err
	}
	out = filepath.Join(x.work, "runs", name)
	if _, err := x.braid(ctx, "train", file, "--out", out, "--resume", "--set", fmt.Sprint("seed=", seed)); err != nil {
		return "", nil, err
	}
	s, err = run.ReadSummary(out)
	return out, s, err
}

// scores are the scores of a model by task and metric.
type scores struct {
	Tasks map[string]map[string]float64 `json:"tasks"`
}

// evaluate scores a model on the test sentences of the new intent.
func (x *experiment) evaluate(ctx context.Context, dir string) (scores, error) {
	var s scores
	text, err := x.braid(ctx, "evaluate", dir, "--json", "--data", "all="+filepath.Join(x.work, "data", "new", "test"))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}

// braid runs the program and returns its output.
func (x *experiment) braid(ctx context.Context, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, filepath.Join(x.work, "braid"), args...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("braid %s: %w", args[0], err)
	}
	return out, nil
}
