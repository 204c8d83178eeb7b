package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"braid/job"
)

// scene is one measurement.
type scene struct {
	hosts   int
	rate    string
	nats    int   // host of the NATS server; the coordinator is on host 1
	workers []int // hosts of the workers
	words   int   // size of the vocabulary
	dim     int
	steps   int
	limit   int // longest time of the steps in seconds
}

var scenes = map[string]scene{
	"a":     {hosts: 2, rate: "200mbit", nats: 1, workers: []int{2}, words: 140_000, dim: 256, steps: 20, limit: 90},
	"b":     {hosts: 5, rate: "50mbit", nats: 2, workers: []int{3, 4, 5}, words: 66_000, dim: 64, steps: 3, limit: 30},
	"short": {hosts: 4, rate: "50mbit", nats: 2, workers: []int{3, 4}, words: 30_000, dim: 64, steps: 3, limit: 30},
}

// writeJob writes a job whose parameters are mostly its word table. It returns the job's path.
func (s scene) writeJob(dir string) (string, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	next := 0
	for _, split := range []struct {
		name  job.Split
		texts int
	}{{job.Train, s.words/100 + 1}, {job.Dev, 8}, {job.Test, 8}} {
		var b strings.Builder
		for range split.texts {
			var words []string
			for len(words) < 100 {
				word := rng.IntN(s.words)
				if split.name == job.Train && next < s.words {
					word, next = next, next+1 // each word at least once
				}
				words = append(words, fmt.Sprintf("\"w%dx\"", word))
			}
			fmt.Fprintf(&b, "{\"tokens\": [%s], \"topic\": \"t%d\"}\n", strings.Join(words, ","), rng.IntN(4))
		}
		file := filepath.Join(dir, string(split.name)+".jsonl")
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			return "", err
		}
	}
	file := filepath.Join(dir, "job.yaml")
	return file, os.WriteFile(file, fmt.Appendf(nil, `name: net
seed: 3
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: %d, min_count: 1}
  lstm: {hidden: 64}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
training:
  batch: 16
  shards: 4
  steps: %d
  optimizer: {kind: adam, lr: 0.001}
  evaluate_every: %d
  patience: 0
cluster: {min_workers: %d, checkpoint_every: 1000}
`, s.dim, s.steps, s.steps, len(s.workers)), 0o644)
}
