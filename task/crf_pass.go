package task

import (
	"slices"

	"braid/internal/kernel"
	"braid/nn"
)

type crfPass struct {
	*crf
	linear nn.LinearState
	w      *crfWeights
	layout *nn.Layout

	e        []float32   // (N, K) emissions
	de       []float32   // (N, K) their gradient
	chains   [][]float32 // by shard: gradient of transitions, start and end
	lattice  crfLattice
	inferred bool // lattice is of e
	single   crfText
	viterbi  crfViterbi

	gold     []int32 // (T) known tags of one text, -1 for words without one
	skip     []bool  // (B) the lattice gives no gradient to the text: it is hard, or has no known tag
	from, to []int32 // rows of the words before, and of the words after, a transition
	right    kernel.Packed
	work     kernel.Scratch

	text        int // whose emissions emissionsOf returns
	emissionsOf func(t int) []float32
	tags        []string
	shares      []float64 // (K)
	spans       []Span
}

func (p *crfPass) Forward(w DecoderWeights, l *nn.Layout, x []float32) {
	p.w, p.layout, p.inferred = w.(*crfWeights), l, false
	p.e = p.emit.Forward(&p.linear, &p.w.emissions, x)
}

// infer fills the lattice of the block once.
func (p *crfPass) infer() {
	if !p.inferred {
		p.lattice.infer(p.w, p.layout, p.e)
		p.inferred = true
	}
}

// inferText fills p.single for text i of which some tags are known; see crfText.infer.
func (p *crfPass) inferText(i int, known []int32, transitions []float32, factor float32) float64 {
	return p.single.infer(p.w, int(p.layout.Lengths[i]), p.emissions(i), known, transitions, factor)
}

// emissions returns a function that returns the K scores of word t of text i, until the next call.
func (p *crfPass) emissions(i int) func(t int) []float32 {
	p.text = i
	if p.emissionsOf == nil {
		p.emissionsOf = func(t int) []float32 { return p.row(p.e, t, p.text) }
	}
	return p.emissionsOf
}

func (p *crfPass) Loss(t *Targets, shard int, scale float32) (sum, normaliser float64) {
	p.infer()
	k := p.k
	p.de = slices.Grow(p.de[:0], len(p.e))[:len(p.e)]
	for len(p.chains) <= shard {
		p.chains = append(p.chains, make([]float32, k*(k+2)))
	}
	chain := p.chains[shard]
	clear(chain)
	p.transitions(t, shard, chain[:k*k], scale)
	for _, i := range p.layout.Seqs[shard] {
		known := p.label(t, int(i))
		if known == 0 {
			for w := range p.gold {
				clear(p.row(p.de, w, int(i)))
			}
			continue
		}
		sum += p.textLoss(int(i), known < len(p.gold), chain, scale)
		normaliser += float64(known)
	}
	return sum, normaliser
}

// transitions adds to dst (K, K) scale times the expected number of each transition in a shard's texts, those
// excepted that p.skip lists.
func (p *crfPass) transitions(t *Targets, shard int, dst []float32, scale float32) {
	l, x := p.layout, &p.lattice
	p.skip = slices.Grow(p.skip[:0], l.B())[:l.B()]
	for _, i := range l.Seqs[shard] {
		p.skip[i] = x.hard[i] || !p.anyKnown(t, int(i))
	}
	p.from, p.to = p.from[:0], p.to[:0]
	for c, r := range l.Later[shard] {
		if !p.skip[l.SeqOf[r]] {
			p.from, p.to = append(p.from, l.Before[shard][c]), append(p.to, r)
		}
	}
	if len(p.to) == 0 {
		return
	}
	p.right.PackRows(x.onward, p.k, p.k, p.to)
	kernel.MatMulRowsT(dst, p.k, x.alpha, p.k, p.k, p.from, &p.right, false, &p.work)
	for c, step := range p.w.step {
		dst[c] = scale * float32(dst[c]*step)
	}
}

// anyKnown reports whether training has the tag of some word of text i.
func (p *crfPass) anyKnown(t *Targets, i int) bool {
	for w := range int(p.layout.Lengths[i]) {
		if t.Known[p.layout.At(w, i)] >= 0 {
			return true
		}
	}
	return false
}

// label fills p.gold with the known tags of text i, those that continue nothing mended, and returns their number.
func (p *crfPass) label(t *Targets, i int) (known int) {
	p.gold = p.gold[:0]
	unknown, before := false, int32(-1)
	for w := range int(p.layout.Lengths[i]) {
		tag := t.Known[p.layout.At(w, i)]
		if tag >= 0 {
			known++
			if !unknown && !p.legal(before, tag) {
				tag = p.chain.mend(before, tag)
			}
		}
		p.gold = append(p.gold, tag)
		unknown, before = tag < 0, tag
	}
	return known
}

// textLoss returns the loss of text i, whose tags are p.gold, writes the gradient of its emissions and adds that of
// its transitions to a shard's chain.
func (p *crfPass) textLoss(i int, partial bool, chain []float32, scale float32) float64 {
	n, k := len(p.gold), p.k
	all := p.total(i, chain[:k*k], scale)
	for w := range n {
		de := p.row(p.de, w, i)
		for j, m := range p.row(p.lattice.marginal, w, i) {
			de[j] = scale * m
		}
	}
	var gold float64
	if partial {
		gold = p.inferText(i, p.gold, chain[:k*k], -scale)
		for w := range n {
			de := p.row(p.de, w, i)
			for _, j := range p.single.of(w) {
				de[j] -= float32(scale * float32(p.single.marginal[w*k+int(j)]))
			}
		}
	} else {
		gold = p.score(i)
		for w, tag := range p.gold {
			p.row(p.de, w, i)[tag] -= scale
			if w > 0 {
				chain[int(p.gold[w-1])*k+int(tag)] -= scale
			}
		}
	}
	kernel.AddTo(chain[k*k:k*k+k], p.row(p.de, 0, i))
	kernel.AddTo(chain[k*k+k:], p.row(p.de, n-1, i))
	return max(all-gold, 0) // a loss is never negative, but a difference of rounded sums may be
}

// total returns the logarithm of the sum over the taggings of text i. Of a hard text it also sets the marginals of
// the lattice, and adds scale times the expected transitions.
func (p *crfPass) total(i int, transitions []float32, scale float32) float64 {
	if !p.lattice.hard[i] {
		return p.lattice.total(p.w, p.layout, i)
	}
	sum := p.inferText(i, nil, transitions, scale)
	for w := range int(p.layout.Lengths[i]) {
		for j, m := range p.single.marginal[w*p.k : (w+1)*p.k] {
			p.row(p.lattice.marginal, w, i)[j] = float32(m)
		}
	}
	return sum
}

// score returns the score of p.gold, the tags of text i.
func (p *crfPass) score(i int) float64 {
	sum := float64(p.w.start[p.gold[0]]) + float64(p.w.end[p.gold[len(p.gold)-1]])
	for w, tag := range p.gold {
		sum += float64(p.row(p.e, w, i)[tag])
		if w > 0 {
			sum += float64(p.w.transitions[int(p.gold[w-1])*p.k+int(tag)])
		}
	}
	return sum
}

func (p *crfPass) Backward(w DecoderWeights, room []float32) (dx []float32) {
	if room != nil {
		p.linear.Reuse(room)
		defer p.linear.Reuse(nil)
	}
	return p.emit.Backward(&p.linear, &w.(*crfWeights).emissions, p.de)
}

func (p *crfPass) Write(shard int, grad []float32) {
	n := p.emit.Size()
	p.emit.Weights(&p.linear, p.layout.Rows[shard], grad[:n])
	copy(grad[n:], p.chains[shard])
}

// row returns the row of word w of text i in x, (N, K).
func (p *crfPass) row(x []float32, w, i int) []float32 {
	at := p.layout.At(w, i) * p.k
	return x[at : at+p.k]
}
