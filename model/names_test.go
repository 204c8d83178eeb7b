package model

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// A job that gains a data set with words of its own and a task, both before all others, so
// that every index and every word's id moves, starts the others from the same values and
// drops the same elements.
func TestRandomChoicesAreKeyedByName(t *testing.T) {
	const text = `{"tokens":["alpha","beta","gamma"],"topic":"x","many":["p"]}
{"tokens":["beta","delta"],"topic":"y","many":["q"]}
`
	const other = `{"tokens":["aardvark","beta","beta","beta","omega"],"kind":"k"}
{"tokens":["beta"],"kind":"l"}
`
	const rest = `encoder: {word: {dim: 6, dropout: 0.5}, lstm: {hidden: 5, layers: 2}}
training: {batch: 2, shards: 2, steps: 4}
`
	a, aWords := namedModel(t, text, other, rest+`
data: {s: {format: jsonl, tokens: tokens, train: s.jsonl}}
tasks:
  - {name: topic, kind: classification, data: s, field: topic, pooling: attention}
  - {name: many, kind: multilabel, data: s, field: many}
`)
	b, bWords := namedModel(t, text, other, rest+`
data: {new: {format: jsonl, tokens: tokens, train: new.jsonl}, s: {format: jsonl, tokens: tokens, train: s.jsonl}}
tasks:
  - {name: new, kind: classification, data: new, field: kind}
  - {name: topic, kind: classification, data: s, field: topic, pooling: attention}
  - {name: many, kind: multilabel, data: s, field: many}
`)
	for i, group := range a.Params.Groups {
		if i == groupWords {
			continue
		}
		at := slices.IndexFunc(b.Params.Groups, func(g *nn.Group) bool { return g.Name == group.Name })
		if !slices.Equal(b.Params.Groups[at].Data, group.Data) {
			t.Errorf("%s starts from other values", group.Name)
		}
	}
	moved := false
	for id := range aWords.Len() {
		word := aWords.Word(uint32(id))
		to := -1
		for k := range bWords.Len() {
			if bWords.Word(uint32(k)) == word {
				to = k
			}
		}
		moved = moved || to != id
		if !slices.Equal(row(a, id), row(b, to)) {
			t.Errorf("the row of %q starts from other values", word)
		}
	}
	if !moved {
		t.Error("no word's id has moved: the test holds nothing")
	}
	if slices.Equal(row(a, 8), row(a, 9)) {
		t.Error("two words start from the same values")
	}
	if got, want := dropped(b, 1), dropped(a, 0); !slices.Equal(got, want) {
		t.Errorf("dropout keeps %v, want %v", got, want)
	}
	if slices.Equal(dropped(b, 0), dropped(b, 1)) {
		t.Error("two data sets share their masks")
	}
}

func namedModel(t *testing.T, s, other, text string) (*testModel, *data.Vocab) {
	dir := t.TempDir()
	for name, content := range map[string]string{"s.jsonl": s, "new.jsonl": other} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newModel(j, p), p.Vocab
}

func row(m *testModel, id int) []float32 {
	dim := m.Job.Encoder.Word.Dim
	return m.Params.Groups[groupWords].Data[id*dim : (id+1)*dim]
}

// dropped returns ones after dropout, for the first example of a data set.
func dropped(m *testModel, set int) []float32 {
	b := batch{examples: []uint32{0}}
	b.layout.Reset([]int32{8}, []int32{0}, 1)
	w := m.Job.Encoder.Word
	ones := slices.Repeat([]float32{1}, 8*w.Dim)
	nn.Dropout{P: float32(w.Dropout), Place: 1}.Apply(ones, ones, &b.layout, w.Dim, b.key(m.masks[set], 3))
	return ones
}
