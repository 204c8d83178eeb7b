package train

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"braid/job"
	"braid/nn"
)

// The rows of a word table: with Adam, words 0 to 3 are in the first step, others in later ones.
const rowsJob = `name: rows
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl}
encoder: {word: {dim: 2, dropout: 0, unknown: 0, features: "off"}, lstm: {hidden: 2, dropout: 0}}
tasks: [{name: topic, kind: classification, data: made, field: topic, pooling: max}]
training: {batch: 1, shards: 1, steps: 4, optimizer: {kind: adam, lr: 0.1}}
`

func rowsReplay(t *testing.T, overrides ...string) *Replay {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"job.yaml": rowsJob, "train.jsonl": `{"tokens": ["a", "b"], "topic": "x"}
{"tokens": ["c", "d"], "topic": "y"}
{"tokens": ["e", "f"], "topic": "x"}
{"tokens": ["g", "h"], "topic": "y"}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Load(filepath.Join(dir, "job.yaml"), overrides...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return NewReplay(s, 1)
}

// next takes a step, and returns the parameters before and after it.
func next(t *testing.T, r *Replay) (before, after *nn.ParamSet) {
	t.Helper()
	before = r.Checkpoint().Params.Clone()
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	return before, r.Checkpoint().Params
}

// changedRows counts the rows of the table that differ.
func changedRows(a, b *nn.ParamSet) (n int) {
	for i, g := range a.Groups {
		if g.Dim == 0 {
			continue
		}
		for row := 0; row < len(g.Data); row += g.Dim {
			for k := range g.Dim {
				if g.Data[row+k] != b.Groups[i].Data[row+k] {
					n++
					break
				}
			}
		}
	}
	return n
}

// A sparse update changes the rows of the step's words, a dense one also those with moments from earlier steps.
func TestUpdatedRows(t *testing.T) {
	for update, want := range map[string][]int{"sparse": {2, 2, 2}, "dense": {2, 4, 6}} {
		r := rowsReplay(t, "encoder.word.update="+update)
		for step, n := range want {
			if got := changedRows(next(t, r)); got != n {
				t.Errorf("%s: step %d changed %d rows, want %d", update, step+1, got, n)
			}
		}
	}
}

// Clipping bounds the step of plain SGD by the learning rate times the greatest norm.
func TestClippedSteps(t *testing.T) {
	const most = 1e-4
	for clip, clipped := range map[string]bool{"0": false, "1e-4": true} {
		r := rowsReplay(t, "training.optimizer.kind=sgd", "training.optimizer.lr=1", "training.clip="+clip)
		before, after := next(t, r)
		sum := 0.0
		for i, g := range before.Groups {
			for k, v := range g.Data {
				d := float64(after.Groups[i].Data[k]) - float64(v)
				sum += d * d
			}
		}
		if norm := math.Sqrt(sum); norm == 0 || (norm < 1.01*most) != clipped {
			t.Errorf("clip %s: the step has norm %v", clip, norm)
		}
	}
}

// After the last step there is no next one.
func TestReplayEnds(t *testing.T) {
	r := rowsReplay(t)
	for range 4 {
		next(t, r)
	}
	if _, err := r.Next(t.Context()); err == nil || err.Error() != "there is no step 5: the training has 4" ||
		r.Step() != 4 || r.Steps() != 4 {
		t.Errorf("error %v at step %d of %d", err, r.Step(), r.Steps())
	}
}
