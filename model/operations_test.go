package model

import (
	"testing"
)

// The count equals that of the products, one by one.
func TestOperations(t *testing.T) {
	j, p := small(t, "training.mode=joint")
	m := newModel(j, p)
	step := planner(t, j, p).At(1)
	in, out := []int{6, 10}, 5 // of the two layers, both directions of the same shape
	want, words := 0, 0
	c := p.Sets[0].Train
	for _, positions := range step.Streams[0].Shards {
		for _, position := range positions {
			e := c.Any[position]
			length := int(c.Offsets[e+1] - c.Offsets[e])
			words += length
			for _, d := range in {
				want += 2 * 4 * out * (length*d + (length-1)*out)
			}
			for task, h := range m.heads {
				rows := 1
				if h.PerWord() {
					rows = length
				}
				want += rows * len(m.Params.Groups[groupHeads+task].Params[0].Data)
			}
		}
	}
	if got := m.Operations(p.Sets, step); got != float64(6*want) {
		t.Errorf("%v operations, want %v", got, 6*want)
	}
	// The chain that names reads is counted forward where it is not trained.
	step.Streams[0].Tasks = []int{1}
	texts := 0
	for _, positions := range step.Streams[0].Shards {
		texts += len(positions)
	}
	size := func(task int) int { return len(m.Params.Groups[groupHeads+task].Params[0].Data) }
	want -= texts*(size(0)+size(2)+size(3)) + words*size(4)
	if got, want := m.Operations(p.Sets, step), 6*want+2*texts*(size(0)+size(2)); got != float64(want) {
		t.Errorf("%v operations of a task that reads, want %v", got, want)
	}
	if got := m.CountWords(p.Sets, step); got != words {
		t.Errorf("%d words, want %d", got, words)
	}
}
