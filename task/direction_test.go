package task

import (
	"testing"

	"braid/job"
)

// Every metric of every kind has a direction: without one an error would be maximised.
func TestMetricsHaveDirections(t *testing.T) {
	for kind := range kinds {
		for metric := range NewScore(job.Task{Kind: kind, Pooling: "max"}, 3).Metrics() {
			if job.DirectionOf(metric) == 0 {
				t.Errorf("%s: %s has no direction", kind, metric)
			}
		}
	}
}
