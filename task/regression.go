package task

import (
	"math"

	"braid/data"
)

// regression gives a text a number. Counts: all. Sums over pairs of an answer x and a target y are
// named by the constants below. Squares are deviations from the means, which are updated with every
// pair: Σx² - (Σx)²/n loses all digits if the mean is large compared with the deviations, and gave
// correlations above 1.
// Source: Welford 1962 (one more pair); Chan, Golub and LeVeque 1979 (merging parts).
type regression struct{}

const (
	meanX    = iota
	meanY    // of the targets alone, like sumYY
	sumXX    // Σ (x - meanX)²
	sumYY    // Σ (y - meanY)²
	sumXY    // Σ (x - meanX)(y - meanY)
	squared  // Σ (x - y)²
	absolute // Σ |x - y|
	regressionSums
)

func (regression) gather(_ *Head, t *Targets, _ *data.Corpus, from *data.Target, examples []uint32) {
	t.Values = t.Values[:0]
	for _, e := range examples {
		t.Values = append(t.Values, from.Values[e])
	}
}

func (regression) size(int) (counts, sums int) { return 1, regressionSums }

func (regression) metrics(s *Score) map[string]float64 {
	n := max(float64(s.Counts[0]), 1)
	return map[string]float64{"mse": s.Sums[squared] / n, "mae": s.Sums[absolute] / n, "pearson": pearson(s.Sums)}
}

// pearson returns the correlation of answers and targets, from -1 to 1. It is 0 if one of them is
// constant.
func pearson(sums []float64) float64 {
	if !(sums[sumXX] > 0) || !(sums[sumYY] > 0) {
		return 0
	}
	return min(max(sums[sumXY]/(math.Sqrt(sums[sumXX])*math.Sqrt(sums[sumYY])), -1), 1)
}

// merge adds the next part: it moves the means to those of both, and corrects the deviations.
func (regression) merge(s, o *Score) {
	a, b := float64(s.Counts[0]), float64(o.Counts[0])
	if b == 0 {
		return
	}
	if a == 0 {
		copy(s.Sums, o.Sums)
		return
	}
	dx, dy := o.Sums[meanX]-s.Sums[meanX], o.Sums[meanY]-s.Sums[meanY]
	share := b / (a + b)
	weight := a * share
	s.Sums[meanX] += float64(dx * share)
	s.Sums[meanY] += float64(dy * share)
	s.Sums[sumXX] += o.Sums[sumXX] + float64(float64(dx*dx)*weight)
	s.Sums[sumYY] += o.Sums[sumYY] + float64(float64(dy*dy)*weight)
	s.Sums[sumXY] += o.Sums[sumXY] + float64(float64(dx*dy)*weight)
	s.Sums[squared] += o.Sums[squared]
	s.Sums[absolute] += o.Sums[absolute]
}

// count returns true always: numbers are neither right nor wrong.
func (regression) count(_ *Head, p *Pass, t *Targets, i int, score *Score) bool {
	addPair(score, float64(p.answer.Value), float64(t.Values[i]))
	return true
}

// addPair adds an answer x and its target y to a score.
func addPair(score *Score, x, y float64) {
	score.Counts[0]++
	n, sums := float64(score.Counts[0]), score.Sums
	dx, dy := x-sums[meanX], y-sums[meanY]
	sums[meanX] += dx / n
	sums[meanY] += dy / n
	sums[sumXX] += float64(dx * (x - sums[meanX]))
	sums[sumYY] += float64(dy * (y - sums[meanY]))
	sums[sumXY] += float64(dx * (y - sums[meanY]))
	sums[squared] += float64((x - y) * (x - y))
	sums[absolute] += math.Abs(x - y)
}

func (regression) best(_ *Head, t *Targets, i int, a *Decoded) { a.Value = t.Values[i] }

func (regression) name(_ *Head, a *Decoded) Answer { return Answer{Value: float64(a.Value)} }
