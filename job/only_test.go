package job

import (
	"fmt"
	"slices"
	"strings"
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

// Keys of sharing, balance and conflict do not change the job of a task alone.
func TestOnlyLeavesOutSharing(t *testing.T) {
	const text = `
data: {a: {format: jsonl, train: a.jsonl}}
tasks:
  - {name: x, kind: classification, data: a, field: x%s}
  - {name: y, kind: classification, data: a, field: y}
training: {mode: joint, epochs: 3%s}
`
	hash := func(task, training string) string {
		t.Helper()
		j, err := Parse("job.yaml", []byte(fmt.Sprintf(text, task, training)), nil)
		if err != nil {
			t.Fatal(err)
		}
		only, err := j.Only("x")
		if err != nil {
			t.Fatal(err)
		}
		return only.Hash()
	}
	want := hash("", "")
	for _, c := range [][2]string{{", private: {lstm: {hidden: 7}}", ""}, {", group: g", ""},
		{"", ", conflict: {kind: famo}"},
		{"", ", balance: {kind: uncertainty}"}, {"", ", measure: {every: 10}"}} {
		if hash(c[0], c[1]) != want {
			t.Errorf("the job of x alone depends on%s%s", c[0], c[1])
		}
	}
}

// A task alone starts from the same model as the job and rehearses nothing.
func TestOnlyWithAnInitialModel(t *testing.T) {
	text := `
init: {from: there, model: ` + strings.Repeat("ab", 32) + `, rehearse: 0.1, old: [x], freeze: [word, head.x]}
data: {a: {format: jsonl, train: a.jsonl}}
tasks:
  - {name: x, kind: classification, data: a, field: x}
  - {name: y, kind: classification, data: a, field: y}
training: {epochs: 3}
`
	j, err := Parse("job.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, old := range map[string]int{"x": 1, "y": 0} { // tasks of old, and frozen heads
		only, err := j.Only(name)
		if err != nil {
			t.Fatal(err)
		}
		if only.Init.From != "there" || only.Init.Rehearse != 0 || len(only.Init.Old) != old ||
			len(only.Init.Freeze) != 1+old {
			t.Errorf("%s: init is %+v", name, only.Init)
		}
	}
	if j.Init.Rehearse != 0.1 || len(j.Init.Old) != 1 {
		t.Error("the job itself was changed")
	}
	if _, err := j.Keep("x"); err == nil {
		t.Error("a job that rehearses without a new task is accepted")
	}
}
