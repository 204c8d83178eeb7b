package train

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"braid/job"

	"github.com/google/go-cmp/cmp"
)

const baselineJob = `name: baselines
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl, max_tokens: 4}
encoder: {word: {dim: 2}, lstm: {hidden: 2}}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
  - {name: names, kind: tagging, data: made, field: tags}
  - {name: parts, kind: tagging, scheme: plain, data: made, field: parts}
  - {name: price, kind: regression, data: made, field: price, pooling: mean, metric: mse}
  - {name: themes, kind: multilabel, data: made, field: themes, pooling: last}
training: {batch: 2, shards: 1, steps: 2}
`

// Training: 3 of 4 topics are x; Oslo is a LOC twice and once not; the mean price is 2.
const baselineTrain = `
{"tokens": ["in", "Oslo"], "tags": ["O", "B-LOC"], "parts": ["P", "N"], "topic": "x", "price": 1, "themes": ["t"]}
{"tokens": ["Oslo", "in"], "tags": ["B-LOC", "O"], "parts": ["N", "P"], "topic": "y", "price": 3, "themes": []}
{"tokens": ["Oslo", "Lima"], "tags": ["O", "B-LOC"], "parts": ["N", "N"], "topic": "x"}
{"tokens": ["in"], "tags": ["O"], "parts": ["P"], "topic": "x", "price": 2}
`

// Dev: 2 of 4 topics are x. Of 9 words with tags, the most frequent tags of 6 are right, and 2 are beyond max_tokens.
// The spans found are Oslo (right), Lima (wrong) and Oslo (right); the gold ones Oslo, Oslo and Lima, beyond the cut.
const baselineDev = `
{"tokens": ["in", "Oslo"], "tags": ["O", "B-LOC"], "parts": ["P", "N"], "topic": "x", "price": 0, "themes": ["t"]}
{"tokens": ["Lima"], "tags": ["O"], "parts": ["P"], "topic": "y", "price": 4}
{"tokens": ["in","a","in","Oslo","in","Lima"], "tags": ["O","O","O","B-LOC","O","B-LOC"], "topic": "x","price": 3}
{"tokens": ["in"], "topic": "z"}
{"tokens": ["in"], "themes": ["t"]}
`

func baselineSetup(t *testing.T) *Setup {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"job.yaml": baselineJob, "train.jsonl": baselineTrain[1:],
		"dev.jsonl":  baselineDev[1:],
		"test.jsonl": `{"tokens": ["in"], "topic": "x"}` + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Baselines counted by hand.
func TestBaselines(t *testing.T) {
	s := baselineSetup(t)
	want := []map[string]float64{
		// Class x: precision 2/4, recall 1, F1 2/3; F1 of y, and of z, which training lacks, is 0.
		{"accuracy": 0.5, "macro_f1": 2.0 / 9},
		// One text of three has every tag right.
		{"accuracy": 6.0 / 9, "precision": 2.0 / 3, "recall": 2.0 / 3, "f1": 2.0 / 3, "sentence_accuracy": 1.0 / 3},
		{"accuracy": 2.0 / 3, "sentence_accuracy": 1.0 / 2},
		{"mse": (4.0 + 4 + 1) / 3, "mae": (2.0 + 2 + 1) / 3, "pearson": 0},
		nil,
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	for task, got := range s.Baselines[job.Dev] {
		for name, v := range want[task] {
			if diff := cmp.Diff(v, got[name], near); diff != "" {
				t.Errorf("task %s, %s (-want +got):\n%s", s.Job.Tasks[task].Name, name, diff)
			}
		}
		if (got == nil) != (want[task] == nil) {
			t.Errorf("task %s: %v", s.Job.Tasks[task].Name, got)
		}
	}
	test := s.Baselines[job.Test]
	if test[0]["accuracy"] != 1 || test[1] != nil || test[2] != nil || test[3] != nil || test[4] != nil {
		t.Errorf("test: %v", test)
	}
	for task, split := range []job.Split{job.Test, job.Dev, job.Dev, job.Dev, job.Dev} {
		if diff := cmp.Diff(s.Baselines[split][task], s.summaryBaseline(task)); diff != "" {
			t.Errorf("the summary's baseline of task %d is not that of %s:\n%s", task, split, diff)
		}
	}
	bare, err := NewSetup(s.Job, s.Data)
	if err != nil || bare.summaryBaseline(0) != nil {
		t.Errorf("a setup without texts has baseline %v, error %v", bare.summaryBaseline(0), err)
	}
}

// Only a task that is selected on an error has an error baseline: that of the mean of training on dev.
func TestErrorBaselines(t *testing.T) {
	s := baselineSetup(t)
	if diff := cmp.Diff([]float64{0, 0, 0, 3, 0}, errorBaselines(s.Job, s.Data)); diff != "" {
		t.Error(diff)
	}
	s.Data.Sets[0].Dev = nil
	if diff := cmp.Diff(make([]float64, 5), errorBaselines(s.Job, s.Data)); diff != "" {
		t.Error(diff)
	}
}

// The mean of training answers for every example with a value; others do not count.
func TestMeanBaseline(t *testing.T) {
	nan := float32(math.NaN())
	got := mean([]float32{1, nan, 3}, []float32{2, nan, 5})
	if got["mse"] != 4.5 || got["mae"] != 1.5 {
		t.Errorf("got %v", got)
	}
	if got := mean([]float32{1, 3}, []float32{5}); got["mse"] != 9 || got["mae"] != 3 {
		t.Errorf("of one: %v", got)
	}
	if got := mean(nil, nil); got["mse"] != 0 || got["mae"] != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
