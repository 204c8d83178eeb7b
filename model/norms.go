package model

import (
	"braid/data"
	"braid/plan"
)

// Norms returns the normalisers of a step's tasks, by task: what the losses of all shards will
// report, known before they run.
func (a *Architecture) Norms(sets []data.Set, step plan.Step) []float64 {
	norms := make([]float64, len(a.heads))
	var examples []uint32
	for _, s := range step.Streams {
		c := sets[s.Set].Train
		for _, t := range s.Tasks {
			for _, positions := range s.Shards {
				examples = resolve(examples[:0], a.Job, c, s, positions)
				for _, e := range examples {
					norms[t] += a.heads[t].Normaliser(c, targetOf(c, t), e)
				}
			}
		}
	}
	return norms
}

// norm returns the normaliser of a task over examples of a corpus.
func (a *Architecture) norm(t int, c *data.Corpus, examples []uint32) (sum float64) {
	target := targetOf(c, t)
	for _, e := range examples {
		sum += a.heads[t].Normaliser(c, target, e)
	}
	return sum
}
