package train

import (
	"math"

	"braid/data"
	"braid/job"
)

// better reports whether the value a of a metric is better than b. Any number is better than NaN.
func better(metric string, a, b float64) bool {
	if job.DirectionOf(metric) == job.LowerIsBetter {
		return a < b || math.IsNaN(b) && !math.IsNaN(a)
	}
	return a > b || math.IsNaN(b) && !math.IsNaN(a)
}

// selectionScore maps a value of a metric to a score for the mean that selects the model. All metrics share one
// scale: 1 is the best score, and higher is better.
//
// A share or a correlation is its own score. The score of an error e depends on its ratio r = e/baseline, where
// baseline is the error of answering with the mean of the training values: 1 - r if r <= 1, else 1/r - 1, which is
// above -1. A model as good as the baseline has score 0 for any scale of the targets, and no task outweighs all
// others. If the baseline is 0, r = e. NaN has score -1.
func selectionScore(metric string, value, baseline float64) float64 {
	if job.DirectionOf(metric) != job.LowerIsBetter {
		if math.IsNaN(value) {
			return -1
		}
		return value
	}
	if baseline > 0 {
		value /= baseline
	}
	switch {
	case value <= 1:
		return 1 - value
	case value > 1:
		return 1/value - 1
	}
	return -1 // value is NaN
}

// errorBaselines returns by task the error on dev of answering with the mean of the training values; 0 for a task
// whose main metric is not an error.
func errorBaselines(j *job.Job, p *data.Prepared) []float64 {
	baselines := make([]float64, len(j.Tasks))
	for s := range p.Sets {
		dev := p.Sets[s].Dev
		if dev == nil {
			continue
		}
		for i := range dev.Targets {
			t := dev.Targets[i].Task
			if metric := j.Tasks[t].Metric; job.DirectionOf(metric) == job.LowerIsBetter {
				baselines[t] = mean(p.Sets[s].Train.Targets[i].Values, dev.Targets[i].Values)[metric]
			}
		}
	}
	return baselines
}
