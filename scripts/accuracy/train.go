package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// summary holds the fields of summary.json that the table needs.
type summary struct {
	Seconds         float64                `json:"seconds"`
	TokensPerSecond float64                `json:"tokens_per_second"`
	Tasks           map[string]taskSummary `json:"tasks"`
	Data            map[string]scores      `json:"data"` // joint_accuracy by data set
}

type taskSummary struct {
	Metric string `json:"metric"`
	scores
}

type scores struct {
	Dev  map[string]float64 `json:"dev"`
	Test map[string]float64 `json:"test"`
}

// train runs braid train and returns the summary of the run.
func train(ctx context.Context, braid, jobFile, out string, seed int, s setting) (summary, error) {
	args := []string{"train", jobFile, "--out", out, "--set", fmt.Sprintf("seed=%d", seed)}
	for _, v := range s.values {
		args = append(args, "--set", v)
	}
	var r summary
	command := exec.CommandContext(ctx, braid, args...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return r, fmt.Errorf("braid train: %w\n%s", err, said.Bytes())
	}
	text, err := os.ReadFile(filepath.Join(out, "summary.json"))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}
