package toy

import (
	"braid/data"
	"braid/internal/kernel"
	"braid/nn"
	"braid/task"
)

// crf is a linear-chain conditional random field: a decoder that scores the tags of a text
// together. With emissions e = x·weightᵀ + bias of its words and K tags,
//
//	score(y) = start[y0] + Σ e[t][yt] + Σ transitions[yt-1][yt] + end[yT-1]
//	loss     = ln Σ over all y of exp score(y) - score(gold)
//
// A text whose tags are not all known to training has no loss. Class weights and label
// smoothing do not apply.
// Source: Lafferty, McCallum and Pereira 2001; Lample et al. 2016 (over an LSTM).
type crf struct {
	emit nn.Linear
	k    int // tags
}

func newCRF(s task.DecoderSpec) task.Decoder {
	return &crf{nn.Linear{In: s.Width, Out: s.Classes()}, s.Classes()}
}

func (d *crf) Specs() []nn.Spec {
	return append(d.emit.Specs(),
		nn.Spec{Name: "transitions", Shape: []int{d.k, d.k}, Init: nn.Uniform(0.1)},
		nn.Spec{Name: "start", Shape: []int{d.k}, Init: nn.Zeros()},
		nn.Spec{Name: "end", Shape: []int{d.k}, Init: nn.Zeros()})
}

func (d *crf) NewWeights() task.DecoderWeights { return &crfWeights{emit: d.emit} }

func (d *crf) NewPass() task.DecoderPass { return &crfPass{crf: d} }

// Normaliser counts the words of an example whose tags are all known.
func (d *crf) Normaliser(c *data.Corpus, t *data.Target, e uint32) float64 {
	tags := t.Tags[c.Offsets[e]:c.Offsets[e+1]]
	for _, id := range tags {
		if id < 0 || int(id) >= d.k {
			return 0
		}
	}
	return float64(len(tags))
}

func (d *crf) Products(n int) int { return n * d.emit.In * d.k }

// crfWeights is one version of the parameters. The last three are the group's own memory.
type crfWeights struct {
	emit                    nn.Linear
	packed                  nn.LinearPacked
	transitions, start, end []float32
}

func (w *crfWeights) Pack(params []nn.Param, backward bool) {
	w.emit.Pack(&w.packed, params[:2], backward)
	w.transitions, w.start, w.end = params[2].Data, params[3].Data, params[4].Data
}

type crfPass struct {
	*crf
	linear nn.LinearState
	w      *crfWeights
	layout *nn.Layout
	e      []float32   // (N, K) emissions
	de     []float32   // (N, K) their gradient
	chain  [][]float32 // by shard: gradient of transitions, start and end

	// Of one text.
	alpha    []float32 // (T, K) ln Σ over the tags of the words before, exp of their score
	back     []float32 // (T, K, K) back[t][j][i]: probability of tag i at word t-1 given tag j at word t
	marginal []float32 // (T, K)
	from     []int32   // (T, K) Viterbi: best tag of the word before
	last     []float32 // (K)
	logSum   [1]float32
}

func (p *crfPass) Forward(w task.DecoderWeights, l *nn.Layout, x []float32) {
	p.w, p.layout = w.(*crfWeights), l
	p.e = p.emit.Forward(&p.linear, &p.w.packed, x)
}

func (p *crfPass) Loss(t *task.Targets, shard int, scale float32) (sum, normaliser float64) {
	p.de = grow(p.de, len(p.e))
	for len(p.chain) <= shard {
		p.chain = append(p.chain, make([]float32, p.k*(p.k+2)))
	}
	clear(p.chain[shard])
	for _, i := range p.layout.Seqs[shard] {
		n := int(p.layout.Lengths[i])
		if !p.known(t, int(i)) {
			for w := range n {
				clear(p.row(p.de, w, int(i)))
			}
			continue
		}
		sum += p.sum(int(i)) - p.score(t, int(i))
		normaliser += float64(n)
		p.marginals(n)
		p.gradient(t, int(i), p.chain[shard], scale)
	}
	return sum, normaliser
}

// known reports whether training had every tag of text i.
func (p *crfPass) known(t *task.Targets, i int) bool {
	for w := range int(p.layout.Lengths[i]) {
		if t.Known[p.layout.At(w, i)] < 0 {
			return false
		}
	}
	return true
}

// sum runs the forward algorithm and returns ln Σ exp score over all taggings of text i.
func (p *crfPass) sum(i int) float64 {
	n, k := int(p.layout.Lengths[i]), p.k
	p.alpha, p.back, p.last = grow(p.alpha, n*k), grow(p.back, n*k*k), grow(p.last, k)
	for w := range n {
		alpha, e := p.alpha[w*k:(w+1)*k], p.row(p.e, w, i)
		for j := range k {
			if w == 0 {
				alpha[j] = p.w.start[j] + e[j]
				continue
			}
			ways := p.back[(w*k+j)*k : (w*k+j+1)*k]
			for from, a := range p.alpha[(w-1)*k : w*k] {
				ways[from] = a + p.w.transitions[from*k+j]
			}
			kernel.SoftmaxRows(ways, ways, k, 1, k, p.logSum[:])
			alpha[j] = p.logSum[0] + e[j]
		}
	}
	for j, a := range p.alpha[(n-1)*k:] {
		p.last[j] = a + p.w.end[j]
	}
	kernel.SoftmaxRows(p.last, p.last, k, 1, k, p.logSum[:])
	return float64(p.logSum[0])
}

// score returns the score of the gold tags of text i.
func (p *crfPass) score(t *task.Targets, i int) float64 {
	n, before := int(p.layout.Lengths[i]), int32(0)
	sum := 0.0
	for w := range n {
		y := t.Known[p.layout.At(w, i)]
		if w == 0 {
			sum += float64(p.w.start[y])
		} else {
			sum += float64(p.w.transitions[int(before)*p.k+int(y)])
		}
		sum += float64(p.row(p.e, w, i)[y])
		before = y
	}
	return sum + float64(p.w.end[before])
}

// marginals fills p.marginal for a text of n words after sum: the last word's are known, and
// p.back leads from each word to the word before.
func (p *crfPass) marginals(n int) {
	k := p.k
	p.marginal = grow(p.marginal, n*k)
	copy(p.marginal[(n-1)*k:], p.last)
	for w := n - 1; w > 0; w-- {
		before := p.marginal[(w-1)*k : w*k]
		clear(before)
		for j, m := range p.marginal[w*k : (w+1)*k] {
			kernel.Axpy(m, p.back[(w*k+j)*k:(w*k+j+1)*k], before)
		}
	}
}

// gradient writes scale times the gradient of the emissions of text i, and adds that of
// transitions, start and end to chain: probabilities less 1 at the gold tags.
func (p *crfPass) gradient(t *task.Targets, i int, chain []float32, scale float32) {
	n, k := int(p.layout.Lengths[i]), p.k
	start, end := chain[k*k:k*k+k], chain[k*k+k:]
	before := int32(0)
	for w := range n {
		y := t.Known[p.layout.At(w, i)]
		de, marginal := p.row(p.de, w, i), p.marginal[w*k:(w+1)*k]
		for j, m := range marginal {
			de[j] = scale * m
		}
		de[y] -= scale
		switch {
		case w == 0:
			kernel.AddTo(start, de)
		default:
			for j, m := range marginal {
				for from, b := range p.back[(w*k+j)*k : (w*k+j+1)*k] {
					chain[from*k+j] += float32(scale * float32(m*b))
				}
			}
			chain[int(before)*k+int(y)] -= scale
		}
		if w == n-1 {
			kernel.AddTo(end, de)
		}
		before = y
	}
}

func (p *crfPass) Backward(w task.DecoderWeights, room []float32) (dx []float32) {
	if room != nil {
		p.linear.Reuse(room)
		defer p.linear.Reuse(nil)
	}
	return p.emit.Backward(&p.linear, &w.(*crfWeights).packed, p.de)
}

func (p *crfPass) Write(shard int, grad []float32) {
	n := p.emit.Size()
	p.emit.Weights(&p.linear, p.layout.Rows[shard], grad[:n])
	copy(grad[n:], p.chain[shard])
}

// Decode finds the tagging with the highest score; the first of equals at each word.
// Source: Viterbi 1967.
func (p *crfPass) Decode(i int, a *task.Decoded) {
	n, k := int(p.layout.Lengths[i]), p.k
	p.alpha, p.from, p.last = grow(p.alpha, n*k), grow(p.from, n*k), grow(p.last, k)
	for w := range n {
		best, e := p.alpha[w*k:(w+1)*k], p.row(p.e, w, i)
		for j := range k {
			if w == 0 {
				best[j] = p.w.start[j] + e[j]
				continue
			}
			for from, b := range p.alpha[(w-1)*k : w*k] {
				p.last[from] = b + p.w.transitions[from*k+j]
			}
			from := argmax(p.last)
			p.from[w*k+j] = int32(from)
			best[j] = p.last[from] + e[j]
		}
	}
	for j, b := range p.alpha[(n-1)*k:] {
		p.last[j] = b + p.w.end[j]
	}
	a.Classes = grow(a.Classes, n)
	a.Classes[n-1] = int32(argmax(p.last))
	for w := n - 1; w > 0; w-- {
		a.Classes[w-1] = p.from[w*k+int(a.Classes[w])]
	}
}

// Probabilities gives each tag its marginal probability.
func (p *crfPass) Probabilities(i int, a *task.Decoded) {
	p.Decode(i, a)
	p.sum(i)
	p.marginals(len(a.Classes))
	a.Probabilities = grow(a.Probabilities, len(a.Classes))
	for w, j := range a.Classes {
		a.Probabilities[w] = p.marginal[w*p.k+int(j)]
	}
}

// row returns the row of word w of text i in x, (N, K).
func (p *crfPass) row(x []float32, w, i int) []float32 {
	at := p.layout.At(w, i) * p.k
	return x[at : at+p.k]
}

func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func grow[T any](x []T, n int) []T {
	if n > cap(x) {
		x = make([]T, n+n/4)
	}
	return x[:n]
}
