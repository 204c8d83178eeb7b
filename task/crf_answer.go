package task

import "slices"

func (p *crfPass) Decode(i int, a *Decoded) {
	n := int(p.layout.Lengths[i])
	a.Classes = slices.Grow(a.Classes[:0], n)[:n]
	p.viterbi.best(p.w, a.Classes, p.emissions(i))
}

// Probabilities gives each tag its probability given the text, and each span the probability that the text has
// exactly this span.
func (p *crfPass) Probabilities(i int, a *Decoded) {
	p.Decode(i, a)
	p.infer()
	p.total(i, nil, 0)
	a.Probabilities, a.Spans = a.Probabilities[:0], a.Spans[:0]
	for t, tag := range a.Classes {
		a.Probabilities = append(a.Probabilities, min(p.row(p.lattice.marginal, t, i)[tag], 1))
	}
	if p.chain == nil {
		return
	}
	p.tags = p.tags[:0]
	for _, tag := range a.Classes {
		p.tags = append(p.tags, p.chain.names[tag])
	}
	p.spans = Spans(p.spans, p.tags)
	for _, s := range p.spans {
		a.Spans = append(a.Spans, ScoredSpan{s, float32(min(p.span(i, a.Classes, s), 1))})
	}
}

// span returns the probability that text i has exactly the given span, with the tags of its words: that they end it,
// times the probabilities of each tag before, given the tag after.
func (p *crfPass) span(i int, tags []int32, s Span) float64 {
	first, last := tags[s.Start], tags[s.End-1]
	inside := p.chain.inside[first]
	product := float64(p.row(p.lattice.marginal, s.End-1, i)[last])
	if inside >= 0 && s.End < len(tags) {
		product = 0
		for j := range int32(p.k) {
			if j != inside {
				product += p.both(i, s.End, last, j)
			}
		}
	}
	for t := s.End - 1; t > s.Start; t-- {
		product *= p.previous(i, t, tags[t])[tags[t-1]]
	}
	if first == inside && s.Start > 0 {
		other := 0.0
		for tag, share := range p.previous(i, s.Start, first) {
			if int32(tag) != inside {
				other += share
			}
		}
		product *= other
	}
	return product
}

// both returns the probability that words t-1 and t of text i have the given tags.
func (p *crfPass) both(i, t int, before, tag int32) float64 {
	if !p.lattice.hard[i] {
		alpha, onward := p.row(p.lattice.alpha, t-1, i)[before], p.row(p.lattice.onward, t, i)[tag]
		return float64(alpha*p.w.step[int(before)*p.k+int(tag)]) * float64(onward)
	}
	m := float64(p.row(p.lattice.marginal, t, i)[tag])
	if m == 0 {
		return 0
	}
	return float64(m * p.previous(i, t, tag)[before])
}

// previous returns the probabilities (K) of the tags of word t-1 of text i, given the tag of word t. They are valid
// until its next call. If text i is hard, p.single must hold it.
func (p *crfPass) previous(i, t int, tag int32) []float64 {
	k := p.k
	p.shares = slices.Grow(p.shares[:0], k)[:k]
	if p.lattice.hard[i] {
		p.single.before(p.w, t, tag)
		for c, share := range p.single.share {
			p.shares[c] = float64(share)
		}
		return p.shares
	}
	sum := 0.0
	for from, a := range p.row(p.lattice.alpha, t-1, i) {
		p.shares[from] = float64(a) * float64(p.w.step[from*k+int(tag)])
		sum += p.shares[from]
	}
	for from := range p.shares {
		p.shares[from] /= max(sum, leastProbability)
	}
	return p.shares
}
