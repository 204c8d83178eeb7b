package runner

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"braid/job"
)

// Shape is a model and the shape of its data.
type Shape struct {
	Dim, Hidden, Batch, Length, Vocab int
	Shards                            int
	Precision                         string // training.precision; empty: f32
	Lengths                           string // file of utterances, one per line, whose lengths are used; empty: Length

	// Tagger is a directory of utterances with tags: the model is a tagger of them with features,
	// characters, an LSTM of both directions and a CRF. Length, Vocab and Lengths do not apply.
	Tagger string
}

// Shapes returns the three shapes of the speed comparisons, the largest first.
func Shapes(shards int) []Shape {
	return []Shape{
		Large(shards),
		{Dim: 100, Hidden: 100, Batch: 64, Length: 32, Vocab: 10000, Shards: shards},
		{Dim: 64, Hidden: 64, Batch: 32, Length: 20, Vocab: 5000, Shards: shards},
	}
}

// Large returns the largest of the shapes.
func Large(shards int) Shape {
	return Shape{Dim: 128, Hidden: 256, Batch: 64, Length: 32, Vocab: 10000, Shards: shards}
}

// String names a shape by the values in which shapes differ.
func (s Shape) String() string {
	shape := fmt.Sprintf("D=%d H=%d B=%d", s.Dim, s.Hidden, s.Batch)
	if s.Tagger != "" {
		return shape + " tagger, SNIPS slots"
	}
	if s.Lengths != "" {
		return shape + " SNIPS lengths"
	}
	return fmt.Sprintf("%s T=%d V=%d", shape, s.Length, s.Vocab)
}

// WriteJob writes a data set of random words and a job that trains on it to dir. The job is an
// LSTM with two tasks in alternation: a class of the mean state and a tag of every word. It
// returns the job's path and the mean length. For a tagger, it writes the job alone.
func WriteJob(dir string, s Shape) (path string, length float64, err error) {
	if s.Tagger != "" {
		return writeTagger(dir, s)
	}
	lengths, err := s.lengths()
	if err != nil {
		return "", 0, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, split := range job.Splits {
		n := s.Batch
		if split == job.Train {
			n = len(lengths)
		}
		if err := writeExamples(filepath.Join(dir, string(split)+".jsonl"), lengths[:n], s.Vocab, r); err != nil {
			return "", 0, err
		}
	}
	text := fmt.Sprintf(`name: bench
seed: 1
data:
  words: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: %d, min_count: 1, dropout: 0, unknown: 0}
  lstm: {hidden: %d, layers: 1, bidirectional: false, dropout: 0}
tasks:
  - {name: class, kind: classification, data: words, field: label, pooling: mean, weight: 1}
  - {name: tags, kind: tagging, data: words, field: tags, scheme: plain, weight: 1}
training:
  mode: sampled
  sampling: {kind: round_robin}
`, s.Dim, s.Hidden)
	path, err = s.finishJob(dir, text)
	return path, mean(lengths), err
}

// writeTagger writes a job that trains a tagger.
func writeTagger(dir string, s Shape) (path string, length float64, err error) {
	utterances, err := filepath.Abs(s.Tagger)
	if err != nil {
		return "", 0, err
	}
	lengths, err := s.lengths()
	if err != nil {
		return "", 0, err
	}
	text := fmt.Sprintf(`name: bench
seed: 1
data: {utterances: {format: seq, train: %q}}
encoder:
  word: {dim: %d, min_count: 1, dropout: 0, unknown: 0, features: hashed}
  char: {kind: conv, dim: 30, filters: 30, width: 3}
  lstm: {hidden: %d, layers: 1, bidirectional: true, dropout: 0}
tasks: [{name: slots, kind: tagging, field: tags, decoder: crf}]
training:
`, utterances, s.Dim, s.Hidden)
	path, err = s.finishJob(dir, text)
	return path, mean(lengths), err
}

// finishJob writes the job that begins with text, up to the key training, and returns its path.
func (s Shape) finishJob(dir, text string) (path string, err error) {
	path = filepath.Join(dir, "job.yaml")
	text += fmt.Sprintf(`  batch: %d
  shards: %d
  steps: 100
  optimizer: {kind: adam, lr: 0.001}
  schedule: {kind: constant}
  clip: 0
  evaluate_every: 1000000
  precision: %s
cluster: {min_workers: 1, checkpoint_every: 1000000}
`, s.Batch, s.Shards, cmp.Or(s.Precision, "f32"))
	return path, os.WriteFile(path, []byte(text), 0o644)
}

func mean(lengths []int) (length float64) {
	for _, n := range lengths {
		length += float64(n) / float64(len(lengths))
	}
	return length
}

// lengths returns the lengths of the training examples: those of the file, or else equal lengths,
// with enough examples that every word occurs.
func (s Shape) lengths() ([]int, error) {
	var lengths []int
	file := s.Lengths
	if s.Tagger != "" {
		file = filepath.Join(s.Tagger, "seq.in")
	}
	if file == "" {
		for range max(100*s.Batch, 4*s.Vocab/s.Length) {
			lengths = append(lengths, s.Length)
		}
		return lengths, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if n := len(strings.Fields(line)); n > 0 {
			lengths = append(lengths, n)
		}
	}
	if len(lengths) < s.Batch {
		return nil, fmt.Errorf("%s has %d utterances, a batch needs %d", file, len(lengths), s.Batch)
	}
	return lengths, nil
}

// writeExamples writes one example per length: random words, a random label, random tags.
func writeExamples(path string, lengths []int, vocab int, r *rand.Rand) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	encoder := json.NewEncoder(w)
	for _, n := range lengths {
		tokens, tags := make([]string, n), make([]string, n)
		for i := range n {
			tokens[i] = word(r.IntN(vocab))
			tags[i] = string(rune('a' + r.IntN(9)))
		}
		example := map[string]any{"tokens": tokens, "label": string(rune('a' + r.IntN(7))), "tags": tags}
		if err := encoder.Encode(example); err != nil {
			return err
		}
	}
	return w.Flush()
}

// word spells a number in four letters, as normalisation would merge words of digits.
func word(n int) string {
	b := make([]byte, 0, 4)
	for range 4 {
		b = append(b, byte('a'+n%26))
		n /= 26
	}
	return string(b)
}
