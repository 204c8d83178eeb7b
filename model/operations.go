package model

import (
	"strings"

	"braid/data"
	"braid/nn"
	"braid/plan"
)

// Operations counts what a step's matrix products of LSTM and heads take, a multiply-add as
// two: forward, and twice as many backward. The first word of a sequence has no state
// before it, and no product with one. Embedding, activations and sums are not counted.
func (m *Model) Operations(sets []data.Set, step plan.Step) float64 {
	var states, inputs, sum int // weights of the LSTM
	for _, p := range m.Params.Groups[nn.GroupEncoder].Params {
		switch {
		case strings.Contains(p.Name, "weight_hh"):
			states += len(p.Data)
		case strings.Contains(p.Name, "weight_ih"):
			inputs += len(p.Data)
		}
	}
	for _, s := range step.Streams {
		words, sequences := m.extent(sets[s.Set].Train, s)
		sum += inputs*words + states*(words-sequences)
		for _, t := range s.Tasks {
			sum += m.heads[t].Products(words, sequences)
		}
	}
	return 3 * 2 * float64(sum)
}

// Words counts the words of a step, those of all streams.
func (m *Model) Words(sets []data.Set, step plan.Step) int {
	n := 0
	for _, s := range step.Streams {
		words, _ := m.extent(sets[s.Set].Train, s)
		n += words
	}
	return n
}

// extent counts a stream's words and sequences.
func (m *Model) extent(c *data.Corpus, s plan.Stream) (words, sequences int) {
	from := listed(m.Job, c, s)
	for _, positions := range s.Shards {
		for _, p := range positions {
			e := from[p]
			words += int(c.Offsets[e+1] - c.Offsets[e])
		}
		sequences += len(positions)
	}
	return words, sequences
}
