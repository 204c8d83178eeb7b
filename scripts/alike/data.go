package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const text = `name: alike
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: 8, dropout: 0.1, features: "off"}
  lstm: {hidden: 8}
tasks:
  - {name: topic, kind: classification, data: made, field: topic}
  - {name: names, kind: tagging, data: made, field: tags}
training: {mode: joint, batch: 20, shards: 1, epochs: 25, optimizer: {lr: 0.01}, evaluate_every: 20}
`

// write makes the job and its data: topics and names that a small model learns in part.
func write(dir string) error {
	random := rand.New(rand.NewPCG(1, 2))
	for i, n := range []int{200, 60, 100} {
		var b strings.Builder
		for range n {
			writeExample(&b, random)
		}
		file := filepath.Join(dir, []string{"train", "dev", "test"}[i]+".jsonl")
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "job.yaml"), []byte(text), 0o644)
}

func writeExample(b *strings.Builder, random *rand.Rand) {
	topic := random.IntN(4)
	var words, tags []string
	for range 6 {
		word := random.IntN(80)
		if random.IntN(2) == 0 {
			word = 20*topic + random.IntN(20)
		}
		tag := "O"
		if word%5 == 0 && random.IntN(4) > 0 {
			tag = "B-NAME"
		}
		words, tags = append(words, fmt.Sprintf(`"w%d"`, word)), append(tags, `"`+tag+`"`)
	}
	fmt.Fprintf(b, "{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n", strings.Join(words, ","),
		strings.Join(tags, ","), topic)
}
