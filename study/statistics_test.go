package study

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"braid/job"
	"braid/task"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The example of Holm's correction in R's documentation of p.adjust, and its properties.
func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.02, 0.03, 0.04, 0.05}) // p.adjust(c(...), "holm")
	for i, want := range []float64{0.05, 0.08, 0.09, 0.09, 0.09} {
		near(t, "corrected p", got[i], want, 1e-12)
	}
	got = holm([]float64{0.04, 0.001, 0.9, 0.03})
	for i, want := range []float64{0.09, 0.004, 0.9, 0.09} {
		near(t, "corrected p", got[i], want, 1e-12)
	}
	if len(holm(nil)) != 0 {
		t.Error("no p-values give some")
	}
}

// Without noise of seeds the variance of an accuracy's difference is that of the mean of n differences.
func TestExampleVarianceOfAccuracy(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const n = 150
	a, b, d := make([]bool, n), make([]bool, n), make([]float64, n)
	for i := range n {
		a[i], b[i] = random.IntN(3) > 0, random.IntN(4) > 0
		d[i] = number(b[i]) - number(a[i])
	}
	p, err := pair([]Sample{{classified(a)}, {classified(b)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := p.exampleVariances("accuracy", "t")
	want := stat.Variance(d, nil) / n
	if got[0] != 0 {
		t.Errorf("the baseline differs from itself by a variance of %v", got[0])
	}
	near(t, "the variance relative to that of the mean", got[1]/want, 1, 0.05) // 10,000 resamples: deviation 0.014
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// The variance of F1 agrees with a bootstrap over all n^n resamples of four texts, computed from the definition of F1.
func TestExampleVarianceOfF1(t *testing.T) {
	a := [][3]uint64{{1, 2, 1}, {0, 1, 2}, {3, 3, 4}, {1, 1, 1}}
	b := [][3]uint64{{1, 1, 1}, {1, 2, 2}, {2, 4, 4}, {0, 1, 1}}
	f1 := func(of [][3]uint64, at []int) float64 {
		var c [3]float64
		for _, i := range at {
			for k := range c {
				c[k] += float64(of[i][k])
			}
		}
		return 2 * c[0] / (c[1] + c[2])
	}
	var all []float64
	for code := range 256 {
		at := []int{code % 4, code / 4 % 4, code / 16 % 4, code / 64}
		all = append(all, f1(b, at)-f1(a, at))
	}
	want := stat.PopVariance(all, nil) * 4 / 3
	p, err := pair([]Sample{{spanned(a)}, {spanned(b)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the variance relative to that of all resamples", p.exampleVariances("f1", "t")[1]/want, 1, 0.05)
	scores := p.scores("f1", nil)
	near(t, "F1", scores[1][0]-scores[0][0], f1(b, []int{0, 1, 2, 3})-f1(a, []int{0, 1, 2, 3}), 1e-12)
}

// The variance of the seeds is pooled over arms and tasks of a metric: by hand, and with Student's t for two samples of
// equal variance (Welch's degrees of freedom do not apply, since the variance is shared).
func TestIntervalOfSeedsAloneIsStudents(t *testing.T) {
	// All texts of a seed are alike, so that resamples change nothing: the noise is that of seeds alone.
	arm := func(shares ...int) (s Sample) {
		for _, share := range shares {
			texts := make([][3]uint64, 50)
			for i := range texts {
				texts[i] = [3]uint64{uint64(share), 100, 100}
			}
			s = append(s, spanned(texts))
		}
		return s
	}
	table, err := Tabulate([]string{"a", "b"}, []Measured{{Task: "t", Metric: "f1",
		Samples: []Sample{arm(50, 52, 51), arm(55, 54, 58)}}})
	if err != nil {
		t.Fatal(err)
	}
	a, b := []float64{0.50, 0.52, 0.51}, []float64{0.55, 0.54, 0.58}
	pooled := (stat.Variance(a, nil) + stat.Variance(b, nil)) / 2
	c := table.Contrasts[0]
	difference := stat.Mean(b, nil) - stat.Mean(a, nil)
	student := distuv.StudentsT{Sigma: 1, Nu: 4}
	half := student.Quantile(0.975) * math.Sqrt(2*pooled/3)
	near(t, "difference", c.Difference, difference, 1e-12)
	near(t, "low", c.Low, difference-half, 1e-6)
	near(t, "high", c.High, difference+half, 1e-6)
	// scipy.stats.ttest_ind([.50,.52,.51],[.55,.54,.58]).pvalue = 0.0239
	near(t, "p", c.P, 2*(1-student.CDF(difference/math.Sqrt(2*pooled/3))), 1e-9)
	near(t, "degrees of freedom", c.Freedom, 4, 0)
	if c.Verdict != Gains {
		t.Errorf("verdict %s", c.Verdict)
	}
}

// The quantiles of t are those of printed tables, and many degrees of freedom give the normal distribution.
func TestSatterthwaite(t *testing.T) {
	near(t, "one variance alone", satterthwaite(0, 3, 4), 4, 1e-12)
	near(t, "two equal variances", satterthwaite(1, 1, 4), 16, 1e-12)
	c := Contrast{Metric: "accuracy", Difference: 0.1, ExampleVariance: 0.01, Freedom: 4, Examples: 9}
	c.infer()
	near(t, "half the normal interval", c.Shows(), 0.1959964, 1e-5)
	c = Contrast{Metric: "accuracy", Difference: 0.1, SeedVariance: 0.01, Freedom: 4, Examples: 9}
	c.infer()
	near(t, "half the interval of t with 4 degrees of freedom", c.Shows(), 0.2776445, 1e-6)
}

// Δm of the reference values, and mean ranks with a tie.
func TestStandings(t *testing.T) {
	tasks := []Measured{{Metric: "accuracy"}, {Metric: "f1"}}
	scores := [][][]float64{{{0.85}, {0.80}, {0.85}}, {{0.88}, {0.90}, {0.87}}}
	s := standings([]string{"a", "b", "c"}, tasks, scores)
	near(t, "Δm", s[1].DeltaM, -1.804813, 1e-6)
	near(t, "rank of a", s[0].MeanRank, (1.5+2)/2, 1e-12)
	near(t, "rank of b", s[1].MeanRank, (3.0+1)/2, 1e-12)
	s = standings([]string{"a", "b"}, []Measured{{Metric: "mse"}}, [][][]float64{{{2}, {1}}})
	near(t, "Δm of an error", s[1].DeltaM, 50, 1e-12)
	near(t, "rank of the smaller error", s[1].MeanRank, 1, 0)
}

// A smaller error is a gain, a smaller share a harm.
func TestDirectionOfVerdicts(t *testing.T) {
	all := []Contrast{{Metric: "mse", Difference: -1, P: 0.001}, {Metric: "f1", Difference: -1, P: 0.001},
		{Metric: "f1", Difference: 1, P: 0.04}}
	judge(all)
	if all[0].Verdict != Gains || all[1].Verdict != Hurt || all[2].Verdict != Gains {
		t.Errorf("%s, %s, %s", all[0].Verdict, all[1].Verdict, all[2].Verdict)
	}
	all = append(all, Contrast{Metric: "f1", P: 1})
	all[2].P = 0.03
	if judge(all); all[2].Verdict != NoDifference { // 2·0.03: significant alone, not among four
		t.Errorf("%s at a corrected p of %v", all[2].Verdict, all[2].Holm)
	}
}

// A training that diverged is named, since a table cannot hold its scores.
func TestDivergedTraining(t *testing.T) {
	o := func(answer float64) *task.Outcomes {
		all := task.NewOutcomes(job.Task{Kind: "regression"}, 0)
		s := all.Next()
		s.Counts[0], s.Sums[0], s.Sums[1] = 1, answer, 2
		all.Take(0)
		return all
	}
	_, err := Tabulate([]string{"a", "b"}, []Measured{{Task: "price", Metric: "mse",
		Samples: []Sample{{o(1)}, {o(math.NaN())}}}})
	if err == nil || !strings.Contains(err.Error(), "task price: mse is NaN in the arm b") {
		t.Errorf("error %v", err)
	}
}

// Samples of other texts are refused, in another order they are paired.
func TestPairing(t *testing.T) {
	a, b := classified([]bool{true, false, true}), classified([]bool{true, false})
	if _, err := pair([]Sample{{a}, {b}}, nil); err == nil {
		t.Error("three and two texts are paired")
	}
	p, err := pair([]Sample{{a}, {b}}, []uint32{2})
	if err != nil || p.texts != 2 {
		t.Errorf("without the third text: %v", err)
	}
	turned := classified([]bool{true, true, false})
	turned.Texts[0], turned.Texts[1], turned.Texts[2] = 2, 0, 1
	if p, err = pair([]Sample{{a}, {turned}}, nil); err != nil {
		t.Fatal(err)
	}
	if v := p.exampleVariances("accuracy", "t"); v[1] != 0 {
		t.Error("the same answers in another order differ")
	}
}

// A single test example shows no difference, though neither examples nor seeds have a variance.
func TestOneExampleShowsNothing(t *testing.T) {
	right, wrong := classified([]bool{true}), classified([]bool{false})
	table, err := Tabulate([]string{"a", "b"}, []Measured{{Task: "t", Metric: "accuracy",
		Samples: []Sample{{right, right}, {wrong, wrong}}}})
	if err != nil || table.Contrasts[0].Verdict != NoDifference {
		t.Errorf("%+v, %v", table, err)
	}
}
