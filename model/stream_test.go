package model

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/plan"
)

// twoSets is a joint job over two data sets whose last batches leave shards without examples.
func twoSets(t *testing.T, shards int) (*job.Job, *data.Prepared) {
	dir := t.TempDir()
	for set, n := range map[string]int{"one": 22, "two": 13} {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"text\":\"%sw%d and w%d\",\"y\":\"%d\"}\n", strings.Repeat("so ", i%4), i, i%5, i%2)
		}
		if err := os.WriteFile(filepath.Join(dir, set+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "job.yaml"), fmt.Appendf(nil, `
data: {one: {format: jsonl, train: one.jsonl}, two: {format: jsonl, train: two.jsonl}}
encoder: {word: {dim: 6, dropout: 0.2, features: "off"}, lstm: {hidden: 5, dropout: 0.2}}
tasks:
  - {name: a, kind: classification, data: one, field: y, pooling: max}
  - {name: b, kind: classification, data: two, field: y, pooling: mean}
training: {mode: joint, batch: 10, shards: %d, epochs: 2}
`, shards), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j, p
}

func root(t *testing.T, e *Engine, p *data.Prepared, step plan.Step) *gradient.Gradient {
	g, err := e.Gradients(t.Context(), p.Sets, step, scales(e.arch.Job, p, step), []gradient.Node{gradient.Root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g[0]
}

// A joint step over two data sets is the sum of its streams, the first one first.
func TestStreamsAddUp(t *testing.T) {
	j, p := twoSets(t, 1)
	pl := planner(t, j, p)
	e := newModel(j, p).engine(1)
	for i := range pl.Steps() {
		step := pl.At(i)
		if len(step.Streams) != 2 {
			t.Fatalf("step %d has %d streams", i, len(step.Streams))
		}
		first, second := step, step
		first.Streams, second.Streams = step.Streams[:1], step.Streams[1:]
		sum := root(t, e, p, first)
		if sum.Dense[3] != nil {
			t.Errorf("step %d: the first stream has a gradient of the second's head", i)
		}
		sum.Add(root(t, e, p, second), gradient.F32)
		if sum.Hash() != root(t, e, p, step).Hash() {
			t.Errorf("step %d: not the sum of its streams", i)
		}
	}
}

// Shards without examples, in one stream or in both, change no bits of the rest.
func TestEmptyShards(t *testing.T) {
	j, p := twoSets(t, 7)
	pl := planner(t, j, p)
	empty := 0
	for i := range pl.Steps() {
		step := pl.At(i)
		for _, s := range step.Streams {
			for _, shard := range s.Shards {
				if len(shard) == 0 {
					empty++
				}
			}
		}
		want := root(t, newModel(j, p).engine(1), p, step)
		for _, threads := range []int{2, 3, 5} {
			if g := root(t, newModel(j, p).engine(threads), p, step); g.Hash() != want.Hash() || !g.Finite() {
				t.Errorf("step %d: other bits with %d threads", i, threads)
			}
		}
	}
	if empty == 0 {
		t.Error("no shard was empty")
	}
}
