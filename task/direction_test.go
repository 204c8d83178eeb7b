package task

import (
	"testing"

	"braid/job"
)

// Every metric of every kind has a direction: without one an error would be maximised. The
// metrics on which a job may select are metrics of the score.
func TestMetricsHaveDirections(t *testing.T) {
	for _, kind := range []string{"classification", "multilabel", "tagging", "regression"} {
		metrics := NewScore(job.Task{Kind: kind}, 3).Metrics()
		for metric := range metrics {
			if job.DirectionOf(metric) == 0 {
				t.Errorf("%s: %s has no direction", kind, metric)
			}
		}
		for _, metric := range job.KindOf(kind).Metrics {
			if _, ok := metrics[metric]; !ok {
				t.Errorf("%s: a score has no %s", kind, metric)
			}
		}
	}
}
