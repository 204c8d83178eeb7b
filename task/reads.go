package task

import (
	"slices"

	"braid/nn"
)

// reads is the memory of a pass whose head reads other tasks. The probabilities of a text's classes join every row of
// the text that the decoder reads:
//
//	x (R, W)      a row per word or per text, from the encoder or the pooling
//	p (B, K)      probabilities of the classes of all tasks that are read, in the order of the job's list
//	x|√W p (R, W+K)
//
// The factor makes a sure answer as long a vector as the longest hidden state of an LSTM, whose W numbers lie within
// ±1. Without it the weights of p learn too slowly: an update of Adam moves a logit by up to W learning rates through
// x, and by one through p.
//
// The gradient stops at p: it flows through x into the encoder, and not into the heads that are read. That is the
// difference from the source, Qin et al. 2019 (stack-propagation).
type reads struct {
	from   []*Pass   // of the tasks that are read
	p      []float32 // (B, K)
	joined []float32 // (R, W+K)
	dx     []float32 // (R, W)
}

// join returns x|√W p. The Forward of every pass of r.from must have run on the same layout.
func (r *reads) join(h *Head, l *nn.Layout, x []float32) []float32 {
	r.p = r.p[:0]
	for i := range l.B() {
		for _, from := range r.from {
			from.decoder.Probabilities(i, &from.answer)
			for _, v := range from.answer.Probabilities {
				r.p = append(r.p, v*h.factor)
			}
		}
	}
	rows, w, k := len(x)/h.width, h.width, h.read
	r.joined = slices.Grow(r.joined[:0], rows*(w+k))
	for row := range rows {
		text := row
		if h.perWord {
			text = int(l.SeqOf[row])
		}
		r.joined = append(append(r.joined, x[row*w:(row+1)*w]...), r.p[text*k:(text+1)*k]...)
	}
	return r.joined
}

// split returns the gradient of x, given that of x|√W p. It lies in room if room is large enough, and in r's own memory
// if room is nil.
func (r *reads) split(h *Head, dJoined, room []float32) (dx []float32) {
	own := room == nil
	if own {
		room = r.dx
	}
	w, k := h.width, h.read
	dx = slices.Grow(room[:0], len(dJoined)/(w+k)*w)
	for at := 0; at < len(dJoined); at += w + k {
		dx = append(dx, dJoined[at:at+w]...)
	}
	if own {
		r.dx = dx
	}
	return dx
}
