package model

import (
	"braid/data"
	"braid/plan"
)

// Normalisers returns the normalisers of a step's tasks, by task: the weights that the losses of
// all shards will report. They follow from the data.
func (a *Architecture) Normalisers(sets []data.Set, step plan.Step) []float64 {
	all := make([]float64, len(a.heads))
	var examples []uint32
	for _, s := range step.Streams {
		c := sets[s.Set].Train
		for _, t := range s.Tasks {
			for _, positions := range s.Shards {
				examples = resolve(examples[:0], a.Job, c, s, positions)
				for _, e := range examples {
					all[t] += a.heads[t].Normaliser(c, targetOf(c, t), e)
				}
			}
		}
	}
	return all
}

// weight returns the summed weight of examples in a task's loss.
func (a *Architecture) weight(t int, c *data.Corpus, examples []uint32) (sum float64) {
	target := targetOf(c, t)
	for _, e := range examples {
		sum += a.heads[t].Normaliser(c, target, e)
	}
	return sum
}
