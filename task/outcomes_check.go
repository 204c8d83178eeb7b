package task

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// CheckOutcomes returns an error if o cannot be the outcomes of the texts whose best outcomes are best, or if s is not
// their score. All of them are of one block. An answer that the data allow passes, though the model may give another.
func (h *Head) CheckOutcomes(o, best *Outcomes, s *Score) error {
	if !slices.Equal(o.Texts, best.Texts) {
		return errors.New("its outcomes are of other texts")
	}
	sum, one, bestOne := o.Empty(), o.Empty(), o.Empty()
	for i, text := range o.Texts {
		o.AddTo(sum, i, 1)
		if len(o.pairs) > 0 {
			if math.Float32bits(o.pairs[i][1]) != math.Float32bits(best.pairs[i][1]) {
				return fmt.Errorf("its outcome of text %d has another target", text)
			}
			continue
		}
		clear(one.Counts)
		clear(bestOne.Counts)
		o.AddTo(one, i, 1)
		best.AddTo(bestOne, i, 1)
		if err := h.kind.check(h, one, bestOne); err != nil {
			return fmt.Errorf("its outcome of text %d: %w", text, err)
		}
	}
	if !slices.Equal(sum.Counts, s.Counts) || !slices.EqualFunc(sum.Sums, s.Sums, sameNumber) {
		return errors.New("its outcomes do not add up to its score")
	}
	return nil
}

// sameNumber compares bits, except that all NaN are the same.
func sameNumber(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}
