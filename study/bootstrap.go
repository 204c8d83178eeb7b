package study

import (
	"braid/internal/rng"

	"gonum.org/v1/gonum/stat"
)

// resamples is the number of bootstrap samples of a contrast. Only tests change it.
var resamples = 10_000

// exampleVariances returns by arm the variance, over test sets like this one, of the arm's mean score minus that of
// the first arm. All arms and seeds share the indexes of each resample, so that what the models have in common does
// not count. The result is multiplied by n/(n-1), without which the bootstrap is biased.
// Source: Efron and Tibshirani 1993, paired as in Koehn 2004.
func (p *paired) exampleVariances(metric, name string) []float64 {
	differences := make([][]float64, len(p.samples))
	if p.texts > 1 {
		random := rng.Key{Purpose: rng.Resample, A: rng.Name(name)}.Stream()
		times := make([]int, p.texts)
		for range resamples {
			clear(times)
			for range times {
				times[random.Intn(len(times))]++
			}
			scores := p.scores(metric, times)
			first := stat.Mean(scores[0], nil)
			for arm := range scores {
				differences[arm] = append(differences[arm], stat.Mean(scores[arm], nil)-first)
			}
		}
	}
	variances := make([]float64, len(p.samples))
	for arm, d := range differences {
		if len(d) > 0 {
			variances[arm] = stat.Variance(d, nil) * float64(p.texts) / float64(p.texts-1)
		}
	}
	return variances
}

// spread pools the variance of scores over seeds.
type spread struct{ squares, freedom float64 }

// add adds the scores of one arm on one task.
func (s *spread) add(scores []float64) {
	if len(scores) > 1 {
		s.squares += stat.Variance(scores, nil) * float64(len(scores)-1)
		s.freedom += float64(len(scores) - 1)
	}
}

// variance returns the variance of the scores of single runs.
func (s *spread) variance() float64 {
	if s.freedom == 0 {
		return 0
	}
	return s.squares / s.freedom
}
