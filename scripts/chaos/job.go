package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// shape holds the settings in which the jobs of this program differ.
type shape struct {
	steps, evaluate, checkpoint, batch, shards, width, minWorkers int
	precision                                                     string
	conflict                                                      string // of a joint job; "": sampled
}

func smallJob(steps int) shape {
	return shape{steps: steps, evaluate: max(1, steps/4), checkpoint: 100, batch: 32, shards: 8, width: 16,
		minWorkers: 1, precision: "f32"}
}

// writeJob writes a small job with two tasks on synthetic sentences and returns its path.
func writeJob(dir string, s shape) (string, error) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, split := range []struct {
		name     string
		examples int
	}{{"train", 600}, {"dev", 80}, {"test", 80}} {
		var b strings.Builder
		for range split.examples {
			b.WriteString(sentence(rng))
		}
		if err := os.WriteFile(filepath.Join(dir, split.name+".jsonl"), []byte(b.String()), 0o644); err != nil {
			return "", err
		}
	}
	mode := "sampled"
	if s.conflict != "" {
		mode = fmt.Sprintf("joint\n  conflict: {kind: %s}\n  measure: {every: 50}", s.conflict)
	}
	file := filepath.Join(dir, "job.yaml")
	return file, os.WriteFile(file, fmt.Appendf(nil, `name: chaos
seed: 3
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: %d, dropout: 0.1, locked: true, word_dropout: 0.05}
  lstm: {hidden: %d, bidirectional: true, dropout: 0.1, locked: true, recurrent_dropout: 0.1}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
  - {name: names, kind: tagging, data: made, field: tags, decoder: crf, reads: [topic]}
training:
  mode: %s
  batch: %d
  shards: %d
  steps: %d
  optimizer: {kind: adam, lr: 0.005}
  average: {decay: 0.99}
  evaluate_every: %d
  patience: 0
  precision: %s
cluster: {min_workers: %d, checkpoint_every: %d}
`, s.width, s.width, mode, s.batch, s.shards, s.steps, s.evaluate, s.precision, s.minWorkers, s.checkpoint), 0o644)
}

func sentence(rng *rand.Rand) string {
	topic := rng.IntN(4)
	tokens, tags := []string{}, []string{}
	for range 3 + rng.IntN(12) {
		if rng.IntN(4) == 0 {
			tokens = append(tokens, fmt.Sprintf("%q", fmt.Sprintf("name%d", rng.IntN(30))))
			tags = append(tags, `"B-NAME"`)
			if rng.IntN(3) == 0 {
				tokens = append(tokens, fmt.Sprintf("%q", fmt.Sprintf("name%d", rng.IntN(30))))
				tags = append(tags, `"I-NAME"`)
			}
			continue
		}
		tokens = append(tokens, fmt.Sprintf("%q", fmt.Sprintf("word%d", topic*20+rng.IntN(40))))
		tags = append(tags, `"O"`)
	}
	return fmt.Sprintf("{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n",
		strings.Join(tokens, ","), strings.Join(tags, ","), topic)
}
