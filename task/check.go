package task

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"braid/nn"
)

// Perfect fills s with logits whose answers are the targets. Loss and Count then give the
// best score that these examples allow: their gold counts, their number, their normaliser.
// Labels that training did not have stay wrong, as no answer is one of them.
func (h *Head) Perfect(s *State, l *nn.Layout, t *Targets) {
	rows := l.B()
	if h.pool == nil {
		rows = l.N()
	}
	s.layout, s.logits = l, make([]float32, rows*h.linear.Out)
	s.growGradient()
	h.kind.perfect(h, s, t)
}

// Check says why s cannot be a score of the examples whose perfect score is best; nil: it
// can. A score with a wrong count that the examples would allow passes.
func (h *Head) Check(s, best *Score) error { return h.kind.check(h, s, best) }

// Finite says whether every sum is.
func (s *Score) Finite() bool {
	for _, v := range s.Sums {
		if v-v != 0 {
			return false
		}
	}
	return true
}

var errInconsistent = errors.New("its counts contradict each other")

// given compares a count that depends on the examples alone.
func given(what string, got, want uint64) error {
	if got != want {
		return fmt.Errorf("it counts %d %s, the examples have %d", got, what, want)
	}
	return nil
}

// atMost compares a count with the most that the examples allow.
func atMost(what string, got, most uint64) error {
	if got > most {
		return fmt.Errorf("it counts %d %s, at most %d are possible", got, what, most)
	}
	return nil
}

// checkLabels checks all, right, then correct, found and gold by label, and returns the
// sums of the last three. No label is found more often than there are examples.
func checkLabels(h *Head, s, best *Score) (correct, found, gold uint64, err error) {
	n := (len(s.Counts) - 2) / 3
	all, by, bestBy := s.Counts[0], s.Counts[2:], best.Counts[2:]
	if err := cmp.Or(given("examples", all, best.Counts[0]), atMost("right ones", s.Counts[1], best.Counts[1])); err != nil {
		return 0, 0, 0, err
	}
	for c := range n {
		most := all
		if c >= h.linear.Out {
			most = 0
		}
		if err := cmp.Or(given("gold labels", by[2*n+c], bestBy[2*n+c]), atMost("answers of a label", by[n+c], most),
			atMost("right answers of a label", by[c], min(by[n+c], bestBy[c]))); err != nil {
			return 0, 0, 0, err
		}
		correct, found, gold = correct+by[c], found+by[n+c], gold+by[2*n+c]
	}
	return correct, found, gold, nil
}

// Every example has one answer.
func (classification) check(h *Head, s, best *Score) error {
	correct, found, _, err := checkLabels(h, s, best)
	if err == nil && (correct != s.Counts[1] || found != s.Counts[0]) {
		err = errInconsistent
	}
	return err
}

// Every example that is wrong has at least one label too many or too few, and at most all.
func (multilabel) check(h *Head, s, best *Score) error {
	correct, found, gold, err := checkLabels(h, s, best)
	if err != nil {
		return err
	}
	n, k := (len(s.Counts)-2)/3, uint64(h.linear.Out)
	extra := uint64(0)
	if n > int(k) {
		extra = best.Counts[2+2*n+int(k)]
	}
	wrong, errs := s.Counts[0]-s.Counts[1], found+gold-2*correct
	if errs < wrong || errs > wrong*k+extra {
		return errInconsistent
	}
	return nil
}

// A span has at least one word.
func (k tagging) check(_ *Head, s, best *Score) error {
	c, b := s.Counts, best.Counts
	most := c[tagWords]
	if k.plain {
		most = 0
	}
	if err := cmp.Or(given("words", c[tagWords], b[tagWords]), given("gold spans", c[tagGold], b[tagGold]),
		atMost("right words", c[tagRight], b[tagRight]), atMost("spans", c[tagFound], most),
		atMost("right spans", c[tagCorrect], min(c[tagFound], c[tagGold]))); err != nil {
		return err
	}
	if c[tagRight] == c[tagWords] && (c[tagCorrect] != c[tagGold] || c[tagFound] != c[tagGold]) {
		return errInconsistent
	}
	return nil
}

// The sums of the targets are the examples' own. Those of the answers hold to Cauchy and
// Schwarz and to the triangle inequality, but for rounding; sums that are not finite pass.
func (regression) check(_ *Head, s, best *Score) error {
	if err := given("examples", s.Counts[0], best.Counts[0]); err != nil {
		return err
	}
	n := float64(s.Counts[0])
	x, y, xx, yy, xy, absolute := s.Sums[0], s.Sums[1], s.Sums[2], s.Sums[3], s.Sums[4], s.Sums[5]
	if math.Float64bits(y) != math.Float64bits(best.Sums[1]) || math.Float64bits(yy) != math.Float64bits(best.Sums[3]) {
		return fmt.Errorf("its sums of the targets are %v and %v, the examples have %v and %v", y, yy, best.Sums[1], best.Sums[3])
	}
	const rounding, largest = 1e-9, math.MaxFloat32
	size := rounding * (xx + yy) // of what rounding may hide, squared
	squared := xx - 2*xy + yy
	switch {
	case xx < 0, absolute < 0, squared < -size, xx > n*largest*largest,
		x*x > n*xx+n*size,
		xy*xy > (xx+size)*(yy+size),
		absolute*absolute > n*(squared+size),
		math.Abs(x-y) > absolute+rounding*(absolute+math.Sqrt(n*(xx+yy))):
		return errInconsistent
	}
	return nil
}
