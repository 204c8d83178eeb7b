package train_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
	"braid/run"
	"braid/train"
)

const smallJob = `name: small
seed: 5
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: 6, dropout: 0.1}
  lstm: {hidden: 5, bidirectional: true, dropout: 0.1}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
  - {name: names, kind: tagging, data: made, field: tags}
training:
  mode: sampled
  batch: 10
  shards: 4
  steps: 24
  optimizer: {kind: adam, lr: 0.02}
  schedule: {kind: linear, warmup: 4}
  clip: 5
  evaluate_every: 6
cluster: {checkpoint_every: 5, keep: 2}
`

// small is the setup of a small job.
type small struct{ *train.Setup }

func prepare(t *testing.T, overrides ...string) small { return prepareJob(t, smallJob, overrides...) }

// wideJob has all kinds of tasks over two data sets. Some examples lack some labels.
const wideJob = `name: wide
seed: 9
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
  rated: {format: jsonl, tokens: tokens, train: rated.train.jsonl, dev: rated.dev.jsonl}
encoder:
  word: {dim: 6, dropout: 0.1}
  lstm: {hidden: 5, bidirectional: true, dropout: 0.1}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: attention, class_weights: {t0: 2.5},
     label_smoothing: 0.1}
  - {name: names, kind: tagging, data: made, field: tags, weight: 0.7}
  - {name: price, kind: regression, data: rated, field: price, pooling: mean}
  - {name: themes, kind: multilabel, data: rated, field: themes, pooling: last, weight: 2}
training:
  mode: joint
  batch: 10
  shards: 3
  steps: 20
  optimizer: {kind: adam, lr: 0.02}
  evaluate_every: 7
cluster: {checkpoint_every: 6, keep: 2}
`

func writeRated(b *strings.Builder, random *rand.Rand) {
	price, themes := random.IntN(5), []string{}
	tokens := []string{fmt.Sprintf(`"cost%d"`, price)}
	for theme := range 3 {
		if random.IntN(2) == 0 {
			themes = append(themes, fmt.Sprintf(`"theme%d"`, theme))
			tokens = append(tokens, fmt.Sprintf(`"about%d"`, theme))
		}
	}
	fmt.Fprintf(b, `{"tokens": [%s]`, strings.Join(tokens, ","))
	if random.IntN(3) > 0 {
		fmt.Fprintf(b, `, "price": %d.5`, price)
	}
	if random.IntN(3) > 0 {
		fmt.Fprintf(b, `, "themes": [%s]`, strings.Join(themes, ","))
	}
	b.WriteString("}\n")
}

func prepareJob(t *testing.T, text string, overrides ...string) small {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for _, split := range []struct {
		name string
		n    int
	}{{"train", 60}, {"dev", 30}, {"test", 30}} {
		var b strings.Builder
		for range split.n {
			writeExample(&b, random)
		}
		if err := os.WriteFile(filepath.Join(dir, split.name+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, n := range map[string]int{"rated.dev": 20, "rated.train": 50} {
		var b strings.Builder
		random := rand.New(rand.NewPCG(3, uint64(n)))
		for range n {
			writeRated(&b, random)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "small.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	j, err := job.Load(file, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return small{setup}
}

// writeExample writes a random sentence whose words depend on its topic, with names in it.
func writeExample(b *strings.Builder, random *rand.Rand) {
	topic := random.IntN(3)
	var tokens, tags []string
	for range 2 + random.IntN(7) {
		if random.IntN(4) == 0 {
			tokens, tags = append(tokens, fmt.Sprintf(`"name%d"`, random.IntN(8))), append(tags, `"B-NAME"`)
			continue
		}
		tokens, tags = append(tokens, fmt.Sprintf(`"word%d"`, topic*6+random.IntN(9))), append(tags, `"O"`)
	}
	fmt.Fprintf(b, "{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n", strings.Join(tokens, ","),
		strings.Join(tags, ","), topic)
}

func (s small) fleet(threads int) train.Fleet {
	return s.Local(threads)
}

// config returns the configuration of one training. Each has a planner of its own, since trainings
// may run in parallel.
func (s small) config(dir string, fleet train.Fleet) train.Config {
	own, err := train.NewSetup(s.Job, s.Data)
	if err != nil {
		panic(err) // it was made before
	}
	setup := *s.Setup
	setup.Plan = own.Plan
	return train.Config{Setup: &setup, Fleet: fleet, Dir: dir, Resume: true, Threads: 2}
}

// train trains to the end with the given number of threads.
func (s small) train(t *testing.T, dir string, threads int) *run.Summary {
	t.Helper()
	fleet := s.fleet(threads)
	defer fleet.Close()
	summary, err := train.Run(context.Background(), s.config(dir, fleet))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}
