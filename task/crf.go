package task

import (
	"braid/data"
	"braid/nn"
)

// crf is a linear-chain conditional random field: the decoder that scores the tags of a text together. With the
// emissions e = x·weightᵀ + bias of its words,
//
//	score(y) = start[y0] + Σ e[t][yt] + Σ transitions[yt-1][yt] + end[yT-1]
//	loss     = ln Σ exp score(y) - ln Σ exp score(g)
//
// over all legal taggings y, and over those taggings g that agree with the known tags of the text. A word without a
// tag, or with a tag that training did not have, so admits every tag. A gold tag that continues nothing counts as the
// first of its span, as in conlleval.
//
// The normaliser is the number of words with a known tag, as that of the linear decoder. With transitions of 0, which
// are the initial values, the loss is that of the linear decoder among legal taggings. Learning rates and task weights
// that suit the one so suit the other. PyTorch's implementations often take the mean over texts, which makes the
// gradient of a long text larger than that of a short one, and larger than those of other tasks.
//
// Letters: T words of a text, N words of a block, K tags.
//
// Source: Lafferty, McCallum and Pereira 2001; Lample et al. 2016 (over an LSTM); Tsuboi et al. 2008 (partial labels).
type crf struct {
	emit  nn.Linear
	k     int    // tags
	chain *chain // which tag may follow which; nil if tags form no spans
	free  []bool // (K) the tag may follow every tag
}

func newCRF(s DecoderSpec) Decoder {
	k := s.Classes()
	d := &crf{emit: nn.Linear{In: s.Width, Out: k}, k: k, free: make([]bool, k)}
	if s.Task.Spans() {
		d.chain = chainOf(s.Labels.Names()[:k])
	}
	for j := range d.free {
		d.free[j] = d.chain == nil || d.chain.before[j] == nil
	}
	return d
}

// Specs are the layer of the emissions, then transitions (K, K) from and to, start (K) and end (K).
func (d *crf) Specs() []nn.Spec {
	return append(d.emit.Specs(),
		nn.Spec{Name: "transitions", Shape: []int{d.k, d.k}, Init: nn.Zeros()},
		nn.Spec{Name: "start", Shape: []int{d.k}, Init: nn.Zeros()},
		nn.Spec{Name: "end", Shape: []int{d.k}, Init: nn.Zeros()})
}

func (d *crf) NewWeights() DecoderWeights { return &crfWeights{crf: d} }

func (d *crf) NewPass() DecoderPass {
	p := &crfPass{crf: d}
	for j := range d.k {
		p.single.tags = append(p.single.tags, int32(j))
	}
	return p
}

// Normaliser counts the words whose tags training has.
func (d *crf) Normaliser(c *data.Corpus, t *data.Target, e uint32) float64 {
	n := 0
	for _, id := range classesOf(c, t, e, true) {
		if id >= 0 && int(id) < d.k {
			n++
		}
	}
	return float64(n)
}

// Products counts those of the emissions. The products of the lattice have K instead of In numbers a row.
func (d *crf) Products(n int) int { return n * d.emit.In * d.k }

// legal reports whether a tag may follow another; -1 means the start of the text.
func (d *crf) legal(previous, tag int32) bool { return d.chain == nil || d.chain.legal(previous, tag) }
