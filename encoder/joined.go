package encoder

import "braid/nn"

// joinedWeights is Weights of encoders whose groups follow each other: the parts of concat, or the nodes of a Network.
type joinedWeights struct {
	parts  []Weights
	groups []int // the first group of each part; one entry more, which is their number
	pieces []int // as groups, the pieces of the last Begin
}

func newJoinedWeights(parts []Weights, groups []int) joinedWeights {
	return joinedWeights{parts, groups, make([]int, len(groups))}
}

// Begin takes over the current values of the groups; see Weights.Begin.
func (w *joinedWeights) Begin(groups []*nn.Group, changed []bool) (pieces int) {
	for k, part := range w.parts {
		lo, hi := w.groups[k], w.groups[k+1]
		own := changed
		if changed != nil {
			own = changed[lo:hi]
		}
		pieces += part.Begin(groups[lo:hi], own)
		w.pieces[k+1] = pieces
	}
	return pieces
}

// Pack packs one piece.
func (w *joinedWeights) Pack(piece int) {
	k, own := find(w.pieces, piece)
	w.parts[k].Pack(own)
}

// find returns the part that has entry i of a list, and the entry's index in the part. starts are
// the first entries of the parts.
func find(starts []int, i int) (part, own int) {
	for starts[part+1] <= i {
		part++
	}
	return part, i - starts[part]
}
