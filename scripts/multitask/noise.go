package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// noiseLabels is the number of random labels, as many as SNIPS has intents.
const noiseLabels = 7

// example is a line of the written files.
type example struct {
	Tokens []string `json:"tokens"`
	Label  string   `json:"label"`
	Tags   []string `json:"tags"`
	Noise  string   `json:"noise"`
}

// noise writes the data set SNIPS of a directory with a further label drawn at random, and a job that trains it.
func noise(snips, job, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, split := range [][2]string{{"train", "train"}, {"valid", "dev"}, {"test", "test"}} {
		examples, err := readSnips(filepath.Join(snips, split[0]))
		if err != nil {
			return err
		}
		var lines bytes.Buffer
		encoder := json.NewEncoder(&lines)
		encoder.SetEscapeHTML(false)
		for _, e := range examples {
			e.Noise = fmt.Sprintf("n%d", random.IntN(noiseLabels))
			if err := encoder.Encode(e); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(dir, split[1]+".jsonl"), lines.Bytes(), 0o644); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(job)
	if err != nil {
		return err
	}
	changed, err := withNoise(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", job, err)
	}
	return os.WriteFile(filepath.Join(dir, "job.yaml"), []byte(changed), 0o644)
}

// readSnips reads the examples of a directory with seq.in, seq.out and label.
func readSnips(dir string) (examples []example, err error) {
	var files [3][]string
	for i, name := range []string{"seq.in", "seq.out", "label"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("%w: scripts/data/get.sh snips fetches the data", err)
		}
		files[i] = strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		if len(files[i]) != len(files[0]) {
			return nil, fmt.Errorf("%s: seq.in has %d lines, %s has %d", dir, len(files[0]), name, len(files[i]))
		}
	}
	for i := range files[0] {
		examples = append(examples, example{Tokens: strings.Fields(files[0][i]), Tags: strings.Fields(files[1][i]),
			Label: strings.TrimSpace(files[2][i])})
	}
	return examples, nil
}

// withNoise returns the job SNIPS with the data of noise and a task of random labels.
func withNoise(job string) (string, error) {
	before, rest, ok := strings.Cut(job, "data:\n")
	_, after, end := strings.Cut(rest, "encoder:\n")
	head, training, tasks := strings.Cut(after, "training:\n")
	if !ok || !end || !tasks {
		return "", errors.New("no data, encoder and training in this order")
	}
	return strings.Replace(before, "name: snips", "name: noise", 1) +
		"data:\n  snips: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}\n" +
		"encoder:\n" + head +
		"  - {name: noise, kind: classification, data: snips, field: noise, pooling: max, weight: 1}\n" +
		"training:\n" + training, nil
}
