package task

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"braid/job"
)

// scoreOf scores pairs of answers and targets in parts of the given size.
func scoreOf(x, y []float32, part int) *Score {
	t := job.Task{Decoder: "linear", Kind: "regression", Pooling: "max"}
	sum := NewScore(t, 0)
	for lo := 0; lo < len(x); lo += part {
		hi := min(lo+part, len(x))
		p := NewHead(t, nil, Hidden{width, 1, job.PerWord}).NewPass()
		score := NewScore(t, 0)
		for i := range hi - lo {
			p.answer.Value = x[lo+i]
			p.head.kind.count(p.head, p, &Targets{Values: y[lo:hi]}, i, score)
		}
		sum.Add(score)
	}
	return sum
}

func TestRegressionMetrics(t *testing.T) {
	// By hand: errors 0, -1, -1; numpy.corrcoef 0.98198051.
	m := scoreOf([]float32{1, 2, 4}, []float32{1, 3, 5}, 2).Metrics()
	if math.Abs(m["mse"]-2.0/3) > 1e-12 || math.Abs(m["mae"]-2.0/3) > 1e-12 || math.Abs(m["pearson"]-0.98198051) > 1e-8 {
		t.Error(m)
	}
}

// Correlations and errors agree with those of gonum, which takes two passes, wherever the mean lies:
// sums of squares gave a correlation of 2.8 with a mean of 2e7 and deviations of 4.
func TestRegressionScore(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, mean := range []float64{0, 1, -300, 1e6, 1e7, 2e7, -3e30} {
		spread := max(4, math.Abs(mean)*2e-7)
		for _, noise := range []float64{0, 0.3, 100} {
			var x, y []float32
			var x64, y64 []float64
			mse, mae := 0.0, 0.0
			for range 700 {
				target := mean + spread*r.NormFloat64()
				a, b := float32(target+noise*spread*r.NormFloat64()), float32(target)
				x, y, x64, y64 = append(x, a), append(y, b), append(x64, float64(a)), append(y64, float64(b))
				d := float64(a) - float64(b)
				mse, mae = mse+d*d/700, mae+math.Abs(d)/700
			}
			for _, part := range []int{1, 64, 256, 700} {
				m := scoreOf(x, y, part).Metrics()
				want := stat.Correlation(x64, y64, nil)
				if math.Abs(m["pearson"]-want) > 1e-9 || math.Abs(m["pearson"]) > 1 {
					t.Errorf("mean %g, noise %g, parts of %d: pearson %v, want %v", mean, noise, part, m["pearson"], want)
				}
				if math.Abs(m["mse"]-mse) > 1e-9*mse || math.Abs(m["mae"]-mae) > 1e-9*mae {
					t.Errorf("mean %g, noise %g, parts of %d: mse %v and mae %v, want %v and %v",
						mean, noise, part, m["mse"], m["mae"], mse, mae)
				}
			}
		}
	}
}

// The correlation is 0 if answers or targets do not vary, and 1 if answers are perfect.
func TestConstantAnswers(t *testing.T) {
	constant, rising, falling := make([]float32, 99), make([]float32, 99), make([]float32, 99)
	for i := range constant {
		constant[i], rising[i], falling[i] = 20_000_001, float32(20_000_000+4*i), float32(5-i)
	}
	for _, c := range []struct {
		x, y []float32
		want float64
	}{{constant, rising, 0}, {rising, constant, 0}, {constant, constant, 0}, {rising, rising, 1}, {falling, rising, -1}} {
		for _, part := range []int{1, 10, 99} {
			if got := scoreOf(c.x, c.y, part).Metrics()["pearson"]; !(math.Abs(got-c.want) <= 1e-12 && math.Abs(got) <= 1) {
				t.Errorf("pearson %v, want %v", got, c.want)
			}
		}
	}
	if m := scoreOf(nil, nil, 1).Metrics(); m["pearson"] != 0 || m["mse"] != 0 || m["mae"] != 0 {
		t.Errorf("of nothing: %v", m)
	}
}

// Rounding takes no correlation out of -1 to 1.
func TestPearsonIsBounded(t *testing.T) {
	for _, c := range []struct{ xx, yy, xy, want float64 }{
		{1, 4, 2.5, 1}, {1, 4, -2.5, -1}, {1, 4, 1, 0.5}, {0, 4, 0, 0}, {4, 0, 0, 0}, {-1, 4, 1, 0},
	} {
		sums := make([]float64, regressionSums)
		sums[sumXX], sums[sumYY], sums[sumXY] = c.xx, c.yy, c.xy
		if got := pearson(sums); got != c.want {
			t.Errorf("sums %v, %v and %v: %v, want %v", c.xx, c.yy, c.xy, got, c.want)
		}
	}
}

// Scores of honest workers pass the check wherever the targets lie, also if all answers are above
// their targets: then the distance of the means equals the mean distance.
func TestHonestRegressionPassesTheCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, mean := range []float64{0, 1, 1e7, 2e7, -3e30, 3e38} {
		for _, spread := range []float64{0, 1e-3, 5, 1e3, 1e6, 1e30} {
			for _, away := range []float64{0, 1, 1e9, -3e37} {
				var x, y, above []float32
				for range 256 {
					x = append(x, float32(min(max(mean+away+spread*r.NormFloat64(), -math.MaxFloat32), math.MaxFloat32)))
					y = append(y, float32(min(max(mean+spread*r.NormFloat64(), -math.MaxFloat32), math.MaxFloat32)))
					above = append(above, min(y[len(y)-1]+float32(math.Abs(away)*float64(1+r.IntN(3))), math.MaxFloat32))
				}
				best := scoreOf(y, y, 256)
				for _, answers := range [][]float32{x, above} {
					got := scoreOf(answers, y, 256)
					if err := (regression{}).check(nil, got, best); err != nil {
						t.Errorf("mean %g, spread %g, %g away: %v: %v", mean, spread, away, err, got.Sums)
					}
				}
			}
		}
	}
}
