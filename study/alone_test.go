package study

import (
	"testing"

	"braid/job"
)

// A task alone has its part of the steps, warm-up and evaluations; the longer arm three times the steps, warm-up in
// proportion, evaluations as often, and early stopping.
func TestAloneIsInProportion(t *testing.T) {
	const text = `
data: {a: {format: jsonl, train: a.jsonl, dev: b.jsonl}}
tasks:
  - {name: x, kind: classification, data: a, field: x}
  - {name: y, kind: classification, data: a, field: y}
training: {steps: 1000, schedule: {kind: linear, warmup: 100}, evaluate_every: 50, patience: 0,
           average: {decay: 1, from: 500}}
`
	j, err := job.Parse("job.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := Share{Steps: 300, Of: 1000}
	short, err := alone(j, "y", s, 1)
	if err != nil {
		t.Fatal(err)
	}
	long, err := alone(j, "y", s, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what           string
		short, long    int
		want, wantLong int
	}{
		{"steps", short.Training.Steps, long.Training.Steps, 300, 900},
		{"warm-up", short.Training.Schedule.Warmup, long.Training.Schedule.Warmup, 30, 90},
		{"steps between evaluations", short.Training.EvaluateEvery, long.Training.EvaluateEvery, 15, 15},
		{"patience", short.Training.Patience, long.Training.Patience, 0, 10},
		{"start of the mean", short.Training.Average.From, long.Training.Average.From, 150, 450},
	} {
		if c.short != c.want || c.long != c.wantLong {
			t.Errorf("%s: %d and %d, want %d and %d", c.what, c.short, c.long, c.want, c.wantLong)
		}
	}
	if short.Hash() == long.Hash() || len(short.Tasks) != 1 || j.Training.Steps != 1000 {
		t.Error("the jobs are the same, or not of one task, or the given job was changed")
	}
}
