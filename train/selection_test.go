package train

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The selection score of an error decreases with the error. It is 1 for no error, 0 for the baseline's error,
// and above -1 for any scale of the targets.
func TestSelectionScoreOfErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		baseline := rapid.Float64Range(1e-6, 1e15).Draw(t, "baseline")
		a := baseline * rapid.Float64Range(0, 1e3).Draw(t, "a")
		b := baseline * rapid.Float64Range(0, 1e3).Draw(t, "b")
		for _, metric := range []string{"mse", "mae"} {
			x, y := selectionScore(metric, a, baseline), selectionScore(metric, b, baseline)
			if math.Abs(a-b) > 1e-9*baseline && (a < b) != (x > y) {
				t.Errorf("%s %g has score %g, and %g has %g, with a baseline of %g", metric, a, x, b, y, baseline)
			}
			if x < -1 || x > 1 {
				t.Errorf("%s %g has score %g", metric, a, x)
			}
		}
	})
	for _, c := range []struct{ value, baseline, want float64 }{
		{0, 5, 1}, {5, 5, 0}, {2.5, 5, 0.5}, {10, 5, -0.5}, {math.Inf(1), 5, -1}, {math.NaN(), 5, -1}, {0, 0, 1},
		{4, 0, -0.75},
	} {
		if got := selectionScore("mse", c.value, c.baseline); got != c.want {
			t.Errorf("mse %v of %v has score %v, want %v", c.value, c.baseline, got, c.want)
		}
	}
	if got := selectionScore("pearson", 0.4, 9); got != 0.4 {
		t.Errorf("pearson 0.4 has score %v", got)
	}
}

func TestBetter(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		metric string
		a, b   float64
		want   bool
	}{{"mse", 1, 2, true}, {"mae", 2, 1, false}, {"mse", 1, nan, true}, {"mse", nan, 1, false}, {"f1", 0.5, 0.4, true},
		{"f1", 0.4, 0.5, false}, {"pearson", 0, nan, true}, {"mse", 1, 1, false}, {"f1", 1, 1, false}} {
		if got := better(c.metric, c.a, c.b); got != c.want {
			t.Errorf("%s %v is better than %v: %v", c.metric, c.a, c.b, got)
		}
	}
}
