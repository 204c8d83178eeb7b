package study

import (
	"fmt"

	"braid/job"

	"gonum.org/v1/gonum/stat"
)

// Measured is one task of a comparison, with the outcomes of every arm. The first arm is the baseline.
type Measured struct {
	Task    string
	Metric  string
	Samples []Sample // by arm
	Without []uint32 // texts that are left out, ascending
}

// Table contrasts all arms with the baseline.
type Table struct {
	Contrasts []Contrast `json:"contrasts"` // by arm, then by task
	Arms      []Standing `json:"arms"`
}

// Standing sums up an arm over all tasks.
type Standing struct {
	Arm string `json:"arm"`
	// The mean over the tasks of the gain over the baseline in percent of the baseline's score, negative for a loss.
	// Source: Maninis, Radosavovic and Kokkinos 2019.
	DeltaM float64 `json:"delta_m"`
	// The mean over the tasks of the arm's place among all arms, 1 for the best. Equal arms share the mean place.
	MeanRank float64 `json:"mean_rank"`
}

// Tabulate contrasts all arms with the first one on all tasks. names is by arm.
func Tabulate(names []string, tasks []Measured) (*Table, error) {
	scores := make([][][]float64, len(tasks)) // by task, arm and seed
	pairs := make([]*paired, len(tasks))
	spreads := map[string]*spread{} // by metric
	for i, m := range tasks {
		p, err := pair(m.Samples, m.Without)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", m.Task, err)
		}
		pairs[i], scores[i] = p, p.scores(m.Metric, nil)
		if err := finite(names, scores[i]); err != nil {
			return nil, fmt.Errorf("task %s: %s %w", m.Task, m.Metric, err)
		}
		if spreads[m.Metric] == nil {
			spreads[m.Metric] = new(spread)
		}
		for _, s := range scores[i] {
			spreads[m.Metric].add(s)
		}
	}
	byTask := make([][]Contrast, len(tasks))
	for i, m := range tasks {
		byTask[i] = contrasts(names, m, pairs[i], scores[i], spreads[m.Metric])
	}
	t := &Table{Arms: standings(names, tasks, scores)}
	for arm := 1; arm < len(names); arm++ {
		for i := range tasks {
			t.Contrasts = append(t.Contrasts, byTask[i][arm])
		}
	}
	judge(t.Contrasts)
	return t, nil
}

// finite returns an error if a score, by arm and seed, is not finite.
func finite(names []string, scores [][]float64) error {
	for arm, seeds := range scores {
		for _, v := range seeds {
			if v-v != 0 {
				return fmt.Errorf("is %v in the arm %s: its training diverged: lower training.optimizer.lr", v, names[arm])
			}
		}
	}
	return nil
}

// contrasts returns the contrasts of one task by arm, without verdicts.
func contrasts(names []string, m Measured, p *paired, scores [][]float64, s *spread) []Contrast {
	all := make([]Contrast, len(names))
	variances := p.exampleVariances(m.Metric, m.Task)
	for arm := range names {
		c := Contrast{Arm: names[arm], Task: m.Task, Metric: m.Metric, Examples: p.texts,
			Baseline: stat.Mean(scores[0], nil), Score: stat.Mean(scores[arm], nil), ExampleVariance: variances[arm]}
		c.Difference = c.Score - c.Baseline
		c.SeedVariance = s.variance() * (1/float64(len(scores[0])) + 1/float64(len(scores[arm])))
		c.Freedom = s.freedom
		c.infer()
		all[arm] = c
	}
	return all
}

func standings(names []string, tasks []Measured, scores [][][]float64) []Standing {
	all := make([]Standing, len(names))
	for arm, name := range names {
		all[arm].Arm = name
	}
	for i, m := range tasks {
		lower := job.DirectionOf(m.Metric) == job.LowerIsBetter
		means := make([]float64, len(names))
		for arm := range names {
			means[arm] = stat.Mean(scores[i][arm], nil)
		}
		for arm := range names {
			all[arm].DeltaM += 100 * relativeGain(means[0], means[arm], lower) / float64(len(tasks))
			all[arm].MeanRank += rank(means, arm, lower) / float64(len(tasks))
		}
	}
	return all
}

// relativeGain returns the gain over a baseline as a share of it; 0 for a baseline of 0.
func relativeGain(baseline, score float64, lower bool) float64 {
	if baseline == 0 {
		return 0
	}
	if lower {
		return (baseline - score) / baseline
	}
	return (score - baseline) / baseline
}

// rank returns the place of an arm, 1 for the best. Equal arms share the mean of their places.
func rank(means []float64, arm int, lower bool) float64 {
	place := 1.0
	for other, m := range means {
		switch {
		case other == arm:
		case m == means[arm]:
			place += 0.5
		case (m > means[arm]) != lower:
			place++
		}
	}
	return place
}
