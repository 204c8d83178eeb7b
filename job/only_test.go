package job

import (
	"slices"
	"testing"
)

// The job of one task has its data set alone and nothing that concerns several tasks, and is a job like any other.
func TestOnly(t *testing.T) {
	const text = `
data:
  a: {format: jsonl, train: a.jsonl}
  b: {format: jsonl, train: b.jsonl}
tasks:
  - {name: one, kind: classification, data: a, field: x, probability: 0.5, weight: 3}
  - {name: two, kind: classification, data: b, field: x, probability: 0.5}
  - {name: tags, kind: tagging, data: a, field: tags, reads: [one]}
training: {mode: joint, tasks_per_step: 2, sampling: {kind: explicit}, epochs: 3}
`
	j, err := Parse("job.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]string{"one": "a", "two": "b", "tags": "a"} {
		only, err := j.Only(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(only.Tasks) != 1 || only.Tasks[0].Name != name || len(only.Data) != 1 || only.Data[0].Name != set ||
			only.Tasks[0].Reads != nil || only.Training.Sampling.Kind != "proportional" || only.Training.Mode != "joint" {
			t.Errorf("%s: %s", name, only.YAML())
		}
		again, err := Parse("job.yaml", only.YAML(), nil)
		if err != nil || again.Hash() != only.Hash() {
			t.Errorf("%s: the written job is another one (%v)", name, err)
		}
	}
	if j.Tasks[2].Reads == nil || len(j.Tasks) != 3 || !slices.Equal(j.Tasks[2].Reads, []string{"one"}) {
		t.Error("the job itself was changed")
	}
	if _, err := j.Only("three"); err == nil {
		t.Error("a task that the job does not have is accepted")
	}
}
