package encoder

import (
	"braid/job"
	"braid/nn"
)

// The places of the dropouts of input rows. See nn.Dropout.
const (
	placeWords      = 1
	placeWholeWords = 255
)

// inputDropout is that of input rows: of their elements, and of whole words.
type inputDropout struct {
	elements nn.Dropout
	words    nn.WordDropout
}

func dropoutOf(w job.Word) inputDropout {
	return inputDropout{nn.Dropout{P: float32(w.Dropout), Place: placeWords, Locked: w.Locked},
		nn.WordDropout{P: float32(w.WordDropout), Place: placeWholeWords}}
}

// apply writes the rows of src (N, W) to dst, which may be src. Both dropouts multiply, so that it
// serves forward and backward.
func (d inputDropout) apply(dst, src []float32, l *nn.Layout, width int, m *nn.Masks) {
	d.elements.Apply(dst, src, l, width, m)
	d.words.Apply(dst, l, width, m)
}
