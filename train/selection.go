package train

import (
	"math"

	"braid/data"
	"braid/job"
)

// better says whether a metric's value a is better than b. Any number is better than NaN.
func better(metric string, a, b float64) bool {
	if job.DirectionOf(metric) == job.LowerIsBetter {
		return a < b || math.IsNaN(b) && !math.IsNaN(a)
	}
	return a > b || math.IsNaN(b) && !math.IsNaN(a)
}

// selectionScore is how a metric's value enters the mean that selects the model: on one
// scale for all metrics, 1 at best, and higher where the value is better.
//
// A share or a correlation enters as it is. An error e enters by its ratio r = e/baseline to
// that of answering with the mean of training: 1 - r where it is not worse than that, and
// 1/r - 1, which is above -1, where it is. A model that is no better than the baseline has
// 0, whatever the scale of the targets, and no task can outweigh all others. Where the
// baseline makes no error the ratio is the error itself.
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
	return -1 // NaN
}

// errorBaselines returns for each task that is selected on an error the error of answering
// with the mean of training on dev; 0 for the others.
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
