package task

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// Check returns an error if s cannot be a score of the examples whose best score is best, the
// one that CountBest makes. A score with a wrong count that the examples allow passes.
func (h *Head) Check(s, best *Score) error { return h.kind.check(h, s, best) }

// Finite reports whether every sum is finite.
func (s *Score) Finite() bool {
	for _, v := range s.Sums {
		if v-v != 0 {
			return false
		}
	}
	return true
}

var errInconsistent = errors.New("its counts contradict each other")

// given returns an error if a count that depends on the examples alone differs from theirs.
func given(what string, got, want uint64) error {
	if got != want {
		return fmt.Errorf("it counts %d %s, the examples have %d", got, what, want)
	}
	return nil
}

// atMost returns an error if a count is above the most that the examples allow.
func atMost(what string, got, most uint64) error {
	if got > most {
		return fmt.Errorf("it counts %d %s, at most %d are possible", got, what, most)
	}
	return nil
}

// checkLabels checks the counts of classification and multilabel, and returns the sums over labels
// of correct, found and gold. An answer has a label at most once.
func checkLabels(h *Head, s, best *Score) (correct, found, gold uint64, err error) {
	n := (len(s.Counts) - 2) / 3
	all, by, bestBy := s.Counts[0], s.Counts[2:], best.Counts[2:]
	err = cmp.Or(given("examples", all, best.Counts[0]), atMost("right ones", s.Counts[1], best.Counts[1]))
	for c := 0; c < n && err == nil; c++ {
		most := all
		if c >= h.classes {
			most = 0
		}
		err = cmp.Or(given("gold labels", by[2*n+c], bestBy[2*n+c]), atMost("answers of a label", by[n+c], most),
			atMost("right answers of a label", by[c], min(by[n+c], bestBy[c])))
		correct, found, gold = correct+by[c], found+by[n+c], gold+by[2*n+c]
	}
	return correct, found, gold, err
}

// Every example has one answer.
func (classification) check(h *Head, s, best *Score) error {
	correct, found, _, err := checkLabels(h, s, best)
	if err == nil && (correct != s.Counts[1] || found != s.Counts[0]) {
		err = errInconsistent
	}
	return err
}

// A wrong answer has at least one label too many or too few, and at most all of them.
func (multilabel) check(h *Head, s, best *Score) error {
	correct, found, gold, err := checkLabels(h, s, best)
	if err != nil {
		return err
	}
	n, k := (len(s.Counts)-2)/3, uint64(h.classes)
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

// A span has at least one word. A text is wrong if and only if it has a wrong word.
func (k tagging) check(_ *Head, s, best *Score) error {
	c, b := s.Counts, best.Counts
	most := c[tagWords]
	if k.plain {
		most = 0
	}
	if err := cmp.Or(given("words", c[tagWords], b[tagWords]), given("gold spans", c[tagGold], b[tagGold]),
		atMost("right words", c[tagRight], b[tagRight]), atMost("spans", c[tagFound], most),
		atMost("right spans", c[tagCorrect], min(c[tagFound], c[tagGold])), given("texts", c[tagTexts], b[tagTexts]),
		atMost("right texts", c[tagTextsRight], b[tagTextsRight])); err != nil {
		return err
	}
	wrongTexts, wrongWords := c[tagTexts]-c[tagTextsRight], c[tagWords]-c[tagRight]
	if wrongTexts > wrongWords || (wrongTexts == 0) != (wrongWords == 0) {
		return errInconsistent
	}
	if c[tagRight] == c[tagWords] && (c[tagCorrect] != c[tagGold] || c[tagFound] != c[tagGold]) {
		return errInconsistent
	}
	return nil
}

// The sums of the targets must equal those of the examples. Up to rounding, the sums of the answers
// must fulfil the inequalities of Cauchy-Schwarz and of the triangle, and
//
//	Σ(x-y)² = Σ(x-mx)² + Σ(y-my)² - 2Σ(x-mx)(y-my) + n(mx-my)²
//
// Sums that are not finite pass.
func (regression) check(_ *Head, s, best *Score) error {
	if err := given("examples", s.Counts[0], best.Counts[0]); err != nil {
		return err
	}
	for _, i := range []int{meanY, sumYY} {
		if got, want := s.Sums[i], best.Sums[i]; math.Float64bits(got) != math.Float64bits(want) {
			return fmt.Errorf("its sums of the targets have %v, the examples have %v", got, want)
		}
	}
	const rounding, largest = 1e-9, math.MaxFloat32
	n, xx, yy, xy := float64(s.Counts[0]), s.Sums[sumXX], s.Sums[sumYY], s.Sums[sumXY]
	shift := math.Abs(s.Sums[meanX] - s.Sums[meanY])
	// Bounds of the rounding error of a mean and of a sum of squares.
	mean := 1e-13 * (math.Abs(s.Sums[meanX]) + math.Abs(s.Sums[meanY]) + math.Sqrt(xx) + math.Sqrt(yy))
	size := rounding*(xx+yy+n*shift*shift) + n*mean*(2*shift+mean)
	switch {
	case xx < 0, s.Sums[absolute] < 0, s.Sums[squared] < 0, xx > n*largest*largest,
		math.Abs(s.Sums[meanX]) > largest,
		xy*xy > (xx+size)*(yy+size),
		math.Abs(s.Sums[squared]-(xx-2*xy+yy+n*shift*shift)) > size,
		s.Sums[absolute]*s.Sums[absolute] > n*(s.Sums[squared]+size),
		n*shift > s.Sums[absolute]*(1+rounding)+n*mean:
		return errInconsistent
	}
	return nil
}
