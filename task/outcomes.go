package task

import "braid/job"

// Outcomes holds the scores of the single texts of one task and split. The score of any selection of the texts can be
// computed from them, without the model and the data. Texts are in the order in which they were scored.
type Outcomes struct {
	Texts []uint32 // index of each text in its split

	kind    kind
	labels  int
	counts  int          // of a Score
	off     []int        // the counts of text i are entries[off[i]:off[i+1]]
	entries []Entry      // ascending by index within a text
	pairs   [][2]float32 // regression: answer and target by text
	alone   *Score       // memory of Next
}

// Entry is a count of a text that is not 0.
type Entry struct{ Index, N uint32 }

// NewOutcomes returns the outcomes of no texts. The arguments are those of NewScore.
func NewOutcomes(t job.Task, labels int) *Outcomes {
	s := NewScore(t, labels)
	return &Outcomes{kind: s.kind, labels: labels, counts: len(s.Counts), off: []int{0}, alone: s}
}

// Len returns the number of texts.
func (o *Outcomes) Len() int { return len(o.Texts) }

// Labels returns the number of labels of the task's scores.
func (o *Outcomes) Labels() int { return o.labels }

// Entries returns the counts of text i that are not 0; none for regression. The caller must not change them.
func (o *Outcomes) Entries(i int) []Entry { return o.entries[o.off[i]:o.off[i+1]] }

// Pair returns the answer for text i and its target, of regression alone.
func (o *Outcomes) Pair(i int) (answer, target float32) { return o.pairs[i][0], o.pairs[i][1] }

// Next returns an empty score. The caller must count exactly one text with it and call Take.
func (o *Outcomes) Next() *Score {
	clear(o.alone.Counts)
	clear(o.alone.Sums)
	return o.alone
}

// Take appends the score that Next returned as the outcome of a text.
func (o *Outcomes) Take(text uint32) {
	o.Texts = append(o.Texts, text)
	if s := o.alone.Sums; len(s) > 0 {
		o.pairs = append(o.pairs, [2]float32{float32(s[meanX]), float32(s[meanY])})
	} else {
		for i, n := range o.alone.Counts {
			if n > 0 {
				o.entries = append(o.entries, Entry{uint32(i), uint32(n)})
			}
		}
	}
	o.off = append(o.off, len(o.entries))
}

// Append appends the outcomes of the next part of the split.
func (o *Outcomes) Append(p *Outcomes) {
	begin := len(o.entries)
	o.Texts, o.entries, o.pairs = append(o.Texts, p.Texts...), append(o.entries, p.entries...), append(o.pairs, p.pairs...)
	for _, end := range p.off[1:] {
		o.off = append(o.off, begin+end)
	}
}

// Empty returns an empty score of the task.
func (o *Outcomes) Empty() *Score {
	return &Score{o.kind, make([]uint64, o.counts), make([]float64, len(o.alone.Sums))}
}

// AddTo adds text i to a score of the task, a number of times.
func (o *Outcomes) AddTo(s *Score, i, times int) {
	if len(o.pairs) > 0 {
		for range times {
			addPair(s, float64(o.pairs[i][0]), float64(o.pairs[i][1]))
		}
		return
	}
	for _, e := range o.Entries(i) {
		s.Counts[e.Index] += uint64(times) * uint64(e.N)
	}
}

// Score returns the score of all texts. It has the bits of the score from which the outcomes come if that was computed
// in blocks of the given number of texts, see model.BlockExamples.
func (o *Outcomes) Score(block int) *Score {
	all, part := o.Empty(), o.Empty()
	for i, text := range o.Texts {
		if i > 0 && int(text)/block != int(o.Texts[i-1])/block {
			all.Add(part)
			clear(part.Counts)
			clear(part.Sums)
		}
		o.AddTo(part, i, 1)
	}
	all.Add(part)
	return all
}
