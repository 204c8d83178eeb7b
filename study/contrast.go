package study

import (
	"math"

	"braid/job"

	"gonum.org/v1/gonum/stat/distuv"
)

// Verdict is the conclusion of a contrast about a task.
type Verdict string

// The verdicts.
const (
	Gains        Verdict = "gains" // the arm is better than the baseline
	Hurt         Verdict = "hurt"  // the arm is worse
	NoDifference Verdict = "no difference shown"
)

// level is the probability of an error of the first kind that intervals and verdicts allow.
const level = 0.05

// Contrast compares an arm with the baseline on one task. Scores are means over the seeds.
//
// The difference has two sources of noise, which are estimated apart and whose variances are added: other test
// examples, by paired bootstrap, and other seeds, by the variance of the scores within an arm. The interval is that of
// Student's t, with the degrees of freedom of Satterthwaite 1946: the bootstrap counts as exact, the variance of the
// seeds has as many as it has been estimated from.
type Contrast struct {
	Arm        string  `json:"arm"`
	Task       string  `json:"task"`
	Metric     string  `json:"metric"`
	Examples   int     `json:"examples"`
	Baseline   float64 `json:"baseline"`
	Score      float64 `json:"score"`
	Difference float64 `json:"difference"` // Score - Baseline
	Low        float64 `json:"low"`        // of the interval of 95 %
	High       float64 `json:"high"`
	P          float64 `json:"p"`      // two-sided
	Holm       float64 `json:"p_holm"` // P after the correction over the table
	Verdict    Verdict `json:"verdict"`

	// Variances of Difference.
	ExampleVariance float64 `json:"example_variance"`
	SeedVariance    float64 `json:"seed_variance"`
	Freedom         float64 `json:"degrees_of_freedom"` // of SeedVariance
}

// Shows returns half the width of the interval: the difference that the test set and the seeds can show.
func (c *Contrast) Shows() float64 { return (c.High - c.Low) / 2 }

// infer fills interval and p from the difference and its variances.
func (c *Contrast) infer() {
	variance := c.ExampleVariance + c.SeedVariance
	deviation := math.Sqrt(variance)
	c.Low, c.High, c.P = c.Difference, c.Difference, 1
	switch {
	case c.Examples < 2: // the variance of one example is not known
	case deviation > 0:
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: satterthwaite(c.ExampleVariance, c.SeedVariance, c.Freedom)}
		half := t.Quantile(1-level/2) * deviation
		c.Low, c.High = c.Difference-half, c.Difference+half
		c.P = min(1, 2*t.Survival(math.Abs(c.Difference)/deviation))
	case c.Difference != 0:
		c.P = 0
	}
}

// manyFreedoms replaces an infinite number of degrees of freedom: the quantiles equal those of the normal
// distribution in six digits.
const manyFreedoms = 1e6

// satterthwaite returns the degrees of freedom of the sum of an exact variance and one that was estimated with the
// given degrees of freedom.
func satterthwaite(exact, estimated, freedom float64) float64 {
	if estimated == 0 {
		return manyFreedoms
	}
	sum := exact + estimated
	return min(freedom*sum*sum/(estimated*estimated), manyFreedoms)
}

// judge corrects the p-values of all contrasts of a table together and fills the verdicts.
func judge(all []Contrast) {
	p := make([]float64, len(all))
	for i := range all {
		p[i] = all[i].P
	}
	for i, corrected := range holm(p) {
		c := &all[i]
		c.Holm, c.Verdict = corrected, NoDifference
		if corrected > level || c.Difference == 0 {
			continue
		}
		c.Verdict = Hurt
		if (c.Difference > 0) == (job.DirectionOf(c.Metric) == job.HigherIsBetter) {
			c.Verdict = Gains
		}
	}
}
