package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const quickJob = `name: same
seed: 3
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: 32, features: hashed, dropout: 0.1, locked: true, word_dropout: 0.05}
  char: {kind: conv}
  lstm: {hidden: 32, bidirectional: true, dropout: 0.1, locked: true, recurrent_dropout: 0.1}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
  - {name: names, kind: tagging, data: made, field: tags, decoder: crf, reads: [topic]}
training:
  batch: 32
  shards: 8
  steps: 1200
  optimizer: {kind: adam, lr: 0.005}
  average: {decay: 0.99}
  evaluate_every: 300
cluster: {min_workers: 1, checkpoint_every: 25}
`

// makeJob writes a small job of two tasks on synthetic sentences and returns its path.
func makeJob(dir string) (string, error) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, split := range []struct {
		name string
		n    int
	}{{"train", 600}, {"dev", 300}, {"test", 100}} {
		var b strings.Builder
		for range split.n {
			sentence(&b, random)
		}
		if err := os.WriteFile(filepath.Join(dir, split.name+".jsonl"), []byte(b.String()), 0o644); err != nil {
			return "", err
		}
	}
	file := filepath.Join(dir, "job.yaml")
	return file, os.WriteFile(file, []byte(quickJob), 0o644)
}

func sentence(b *strings.Builder, random *rand.Rand) {
	topic := random.IntN(4)
	var tokens, tags []string
	for range 3 + random.IntN(12) {
		if random.IntN(4) == 0 {
			tokens, tags = append(tokens, fmt.Sprintf(`"name%d"`, random.IntN(30))), append(tags, `"B-NAME"`)
			if random.IntN(3) == 0 {
				tokens, tags = append(tokens, fmt.Sprintf(`"name%d"`, random.IntN(30))), append(tags, `"I-NAME"`)
			}
			continue
		}
		tokens, tags = append(tokens, fmt.Sprintf(`"word%d"`, topic*20+random.IntN(40))), append(tags, `"O"`)
	}
	fmt.Fprintf(b, "{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n",
		strings.Join(tokens, ","), strings.Join(tags, ","), topic)
}
