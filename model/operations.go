package model

import (
	"strings"

	"braid/data"
	"braid/plan"
)

// Operations counts what a step's matrix products of LSTM and heads take, a multiply-add as
// two: forward, and twice as many backward. The first word of a sequence has no state
// before it, and no product with one. Embedding, activations and sums are not counted.
func (a *Architecture) Operations(sets []data.Set, step plan.Step) float64 {
	var states, inputs, sum int // weights of the LSTM
	for _, s := range a.lstm.Specs() {
		switch {
		case strings.HasPrefix(s.Name, "weight_hh"):
			states += s.Size()
		case strings.HasPrefix(s.Name, "weight_ih"):
			inputs += s.Size()
		}
	}
	for _, s := range step.Streams {
		words, sequences := a.extent(sets[s.Set].Train, s)
		sum += inputs*words + states*(words-sequences)
		for _, t := range s.Tasks {
			sum += a.heads[t].Products(words, sequences)
		}
	}
	return 3 * 2 * float64(sum)
}

// Words counts the words of a step, those of all streams.
func (a *Architecture) Words(sets []data.Set, step plan.Step) int {
	n := 0
	for _, s := range step.Streams {
		words, _ := a.extent(sets[s.Set].Train, s)
		n += words
	}
	return n
}

// extent counts a stream's words and sequences.
func (a *Architecture) extent(c *data.Corpus, s plan.Stream) (words, sequences int) {
	from := listed(a.Job, c, s)
	for _, positions := range s.Shards {
		for _, p := range positions {
			e := from[p]
			words += int(c.Offsets[e+1] - c.Offsets[e])
		}
		sequences += len(positions)
	}
	return words, sequences
}
