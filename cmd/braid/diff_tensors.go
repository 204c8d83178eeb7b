package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"braid/internal/plain"
	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/run"
)

// tensorChange is the first tensor in which two states differ.
type tensorChange struct {
	name   string
	what   string // when they cannot be compared number by number
	index  int    // flat
	place  string // by dimension
	a, b   float32
	differ int // numbers of the tensor that do
	of     int
}

func (c *tensorChange) String() string {
	if c.what != "" {
		return fmt.Sprintf("tensor %s: %s", c.name, c.what)
	}
	return fmt.Sprintf("tensor %s at %s (index %d): %s (0x%08x), and %s (0x%08x); %d of its %d numbers differ", c.name, c.place, c.index,
		short(c.a), math.Float32bits(c.a), short(c.b), math.Float32bits(c.b), c.differ, c.of)
}

// short writes a float32 so that it reads back as the same.
func short(v float32) string { return fmt.Sprint(v) }

// firstTensor returns where two lists of tensors differ first, nil if nowhere. Bits count:
// 0 and -0 differ, a NaN equals itself.
func firstTensor(a, b []run.Tensor) *tensorChange {
	for i := range min(len(a), len(b)) {
		x, y := &a[i], &b[i]
		switch {
		case x.Name != y.Name:
			return &tensorChange{name: x.Name, what: "the other has " + y.Name + " in its place"}
		case fmt.Sprint(x.Shape) != fmt.Sprint(y.Shape):
			return &tensorChange{name: x.Name, what: fmt.Sprintf("shape %v, and %v", x.Shape, y.Shape)}
		}
		if c := firstNumber(x, y); c != nil {
			return c
		}
	}
	if len(a) != len(b) {
		longer := a
		if len(b) > len(a) {
			longer = b
		}
		return &tensorChange{name: longer[min(len(a), len(b))].Name, what: "only one has it"}
	}
	return nil
}

func firstNumber(x, y *run.Tensor) *tensorChange {
	var c *tensorChange
	for k := range min(len(x.Data), len(y.Data)) {
		if math.Float32bits(x.Data[k]) == math.Float32bits(y.Data[k]) {
			continue
		}
		if c == nil {
			c = &tensorChange{name: x.Name, index: k, place: place(x.Shape, k), a: x.Data[k], b: y.Data[k], of: len(x.Data)}
		}
		c.differ++
	}
	return c
}

// place writes a flat index by dimension: [3 7].
func place(shape []uint64, index int) string {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		if n := int(shape[d]); n > 0 {
			at[d], index = index%n, index/n
		}
	}
	return fmt.Sprint(at)
}

// diffModels compares two bundles, or the bundles of runs.
func diffModels(s streams, left, right string) error {
	a, err := model.LoadBundle(left)
	if err != nil {
		return err
	}
	b, err := model.LoadBundle(right)
	if err != nil {
		return err
	}
	printChanges(s, job.Changes(a.Model.Job, b.Model.Job))
	if a.Vocab.Len() != b.Vocab.Len() {
		plain.Fprintf(s.out, "vocabularies of %d words, and of %d\n", a.Vocab.Len(), b.Vocab.Len())
	}
	if change := firstTensor(weights(a.Model.Params), weights(b.Model.Params)); change != nil {
		return differError(left, right, "%s", change)
	}
	if !sameJSON(a.Vocab, b.Vocab) {
		return differError(left, right, "the weights are equal, the vocabularies are not")
	}
	if !sameJSON(a.Labels, b.Labels) {
		return differError(left, right, "the weights are equal, the labels are not")
	}
	_, err = plain.Fprintf(s.out, "equal: %d numbers, sha256 %s\n", a.Model.Params.Len(), model.Sha256(a.Model.Params))
	return err
}

func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, other := json.Marshal(b)
	return err == nil && other == nil && bytes.Equal(x, y)
}

// weights lists parameters as a model's weights file names them, in the model's order.
func weights(ps *nn.ParamSet) []run.Tensor {
	var all []run.Tensor
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			shape := make([]uint64, len(p.Shape))
			for i, n := range p.Shape {
				shape[i] = uint64(n)
			}
			all = append(all, run.Tensor{Name: g.Name + "." + p.Name, Shape: shape, Data: p.Data})
		}
	}
	return all
}

func printChanges(s streams, changes []job.Change) {
	for _, c := range changes {
		plain.Fprintf(s.out, "job: %s\n", c)
	}
}
