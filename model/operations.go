package model

import (
	"slices"

	"braid/data"
	"braid/plan"
)

// Operations counts the floating-point operations of a step's matrix products, a multiply-add as
// two: those of the forward pass, and twice as many for the backward pass. A head that is only read has no backward
// pass. Embeddings, activations and sums are not counted.
func (a *Architecture) Operations(sets []data.Set, step plan.Step) float64 {
	sum, forward := 0, 0 // multiply-adds of forward passes with and without a backward pass
	for _, s := range step.Streams {
		words, texts := a.extent(sets[s.Set].Train, s)
		sum += a.encoder.Products(s.Tasks, words, texts)
		for _, t := range s.Tasks {
			sum += a.heads[t].Products(words, texts)
		}
		for _, t := range a.readOnly(s.Tasks) {
			forward += a.heads[t].Products(words, texts)
		}
	}
	return float64(2 * (3*sum + forward))
}

// readOnly returns the tasks whose heads run forward for the given tasks, and are none of them.
func (a *Architecture) readOnly(tasks []int) (only []int) {
	var visit func(t int)
	visit = func(t int) {
		for _, read := range a.reads[t] {
			if !slices.Contains(tasks, read) && !slices.Contains(only, read) {
				only = append(only, read)
				visit(read)
			}
		}
	}
	for _, t := range tasks {
		visit(t)
	}
	return only
}

// CountWords counts the words of all streams of a step.
func (a *Architecture) CountWords(sets []data.Set, step plan.Step) int {
	n := 0
	for _, s := range step.Streams {
		words, _ := a.extent(sets[s.Set].Train, s)
		n += words
	}
	return n
}

// extent counts a stream's words and texts.
func (a *Architecture) extent(c *data.Corpus, s plan.Stream) (words, texts int) {
	from := listed(a.Job, c, s)
	for _, positions := range s.Shards {
		for _, p := range positions {
			e := from[p]
			words += int(c.Offsets[e+1] - c.Offsets[e])
		}
		texts += len(positions)
	}
	return words, texts
}
