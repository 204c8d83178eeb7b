package forensics

import (
	"math"
	"strings"
	"testing"

	"braid/job"
	"braid/run"
)

func TestFirstTensor(t *testing.T) {
	nan, zero := float32(math.NaN()), float32(0)
	one := func(name string, shape []uint64, data ...float32) run.Tensor {
		return run.Tensor{Name: name, Shape: shape, Data: data}
	}
	a := []run.Tensor{one("w", []uint64{2, 2}, 1, nan, 3, zero), one("b", []uint64{1}, 5)}
	for _, c := range []struct {
		name string
		b    []run.Tensor
		want string // part of the description; "": equal
	}{
		{"equal, with a NaN", []run.Tensor{one("w", []uint64{2, 2}, 1, nan, 3, zero), one("b", []uint64{1}, 5)}, ""},
		{"numbers", []run.Tensor{one("w", []uint64{2, 2}, 1, nan, 4, 1), one("b", []uint64{1}, 5)},
			"tensor w at [1 0] (index 2): 3 (0x40400000), and 4 (0x40800000); 2 of its 4 numbers differ"},
		{"sign", []run.Tensor{one("w", []uint64{2, 2}, 1, nan, 3, zero),
			one("b", []uint64{1}, float32(math.Copysign(5, -1)))}, "tensor b at [0]"},
		{"shape", []run.Tensor{one("w", []uint64{4}, 1, nan, 3, zero)}, "tensor w: shape [2 2], and [4]"},
		{"name", []run.Tensor{one("v", []uint64{2, 2}, 1, nan, 3, zero)}, "tensor w: the other has v in its place"},
		{"missing", []run.Tensor{one("w", []uint64{2, 2}, 1, nan, 3, zero)}, "tensor b: only one has it"},
	} {
		got := ""
		if change := FirstTensor(a, c.b); change != nil {
			got = change.String()
		}
		if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if c := FirstTensor([]run.Tensor{one("z", []uint64{1}, 0)}, []run.Tensor{one("z", []uint64{1},
		float32(math.Copysign(0, -1)))}); c == nil {
		t.Error("0 and -0 are equal")
	}
}

// Keys that change examples, shapes or initial values block a comparison of steps; others do not.
func TestBlocking(t *testing.T) {
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"seed": true, "data.made.train": true, "tasks": true, "tasks.0.kind": true, "tasks.0.weight": false,
		"encoder.lstm.hidden":  true,
		"encoder.lstm.dropout": false, "training.batch": true, "training.sampling.kind": true, "training.steps": false,
		"training.clip": false,
		"name":          false,
	} {
		if got := len(Blocking([]job.Change{{Key: key}}, j)) > 0; got != want {
			t.Errorf("%s: blocking is %v, want %v", key, got, want)
		}
	}
	j.Training.Sampling.Kind = "annealed"
	if len(Blocking([]job.Change{{Key: "training.epochs"}}, j)) == 0 {
		t.Error("annealed sampling depends on the number of steps")
	}
}
