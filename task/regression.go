package task

import (
	"math"

	"braid/nn"
)

// regression gives a sequence a number. Counts: all. Sums: of x, y, x², y², xy and |x-y|,
// x the answer and y the target.
type regression struct{}

const regressionSums = 6

func (regression) size(int) (counts, sums int) { return 1, regressionSums }

func (regression) metrics(s *Score) map[string]float64 {
	n := float64(s.Counts[0])
	if n == 0 {
		return map[string]float64{"mse": 0, "mae": 0, "pearson": 0}
	}
	x, y, xx, yy, xy, absolute := s.Sums[0]/n, s.Sums[1]/n, s.Sums[2]/n, s.Sums[3]/n, s.Sums[4]/n, s.Sums[5]/n
	pearson := 0.0
	if v := (xx - float64(x*x)) * (yy - float64(y*y)); v > 0 {
		pearson = (xy - float64(x*y)) / math.Sqrt(v)
	}
	return map[string]float64{"mse": xx - float64(2*xy) + yy, "mae": absolute, "pearson": pearson}
}

func (regression) loss(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64) {
	return nn.MSE{}.Loss(s.logits, t.Values, rows, scale, s.dLogits)
}

// count calls nothing right or wrong: a number is never exactly right.
func (regression) count(h *Head, s *State, t *Targets, rows []int32, score *Score) bool {
	x, y := float64(s.logitsOf(h, rows[0])[0]), float64(t.Values[rows[0]])
	score.Counts[0]++
	for i, v := range [regressionSums]float64{x, y, float64(x * x), float64(y * y), float64(x * y), math.Abs(x - y)} {
		score.Sums[i] += v
	}
	return true
}

func (regression) perfect(_ *Head, s *State, t *Targets) { copy(s.logits, t.Values) }

func (regression) answer(h *Head, s *State, rows []int32) Answer {
	return Answer{Value: float64(s.logitsOf(h, rows[0])[0])}
}
