package model

import (
	"braid/data"
	"braid/plan"
)

// Norms returns the normalisers of a step's tasks, by task: what the losses of all shards will
// report, known before they run.
func (m *Model) Norms(sets []data.Set, step plan.Step) []float64 {
	norms := make([]float64, len(m.heads))
	var examples []uint32
	for _, s := range step.Streams {
		c := sets[s.Set].Train
		for _, t := range s.Tasks {
			for _, positions := range s.Shards {
				examples = resolve(examples[:0], m.Job, c, s, positions)
				for _, e := range examples {
					norms[t] += m.heads[t].Normaliser(c, targetOf(c, t), e)
				}
			}
		}
	}
	return norms
}

// norm returns the normaliser of a task over examples of a corpus.
func (m *Model) norm(t int, c *data.Corpus, examples []uint32) (sum float64) {
	target := targetOf(c, t)
	for _, e := range examples {
		sum += m.heads[t].Normaliser(c, target, e)
	}
	return sum
}
