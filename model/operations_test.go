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
	if got := m.CountWords(p.Sets, step); got != words {
		t.Errorf("%d words, want %d", got, words)
	}
}
