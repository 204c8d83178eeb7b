package coordinator_test

import (
	"testing"

	"braid/run"

	"github.com/google/go-cmp/cmp"
)

// A cluster of three workers, all of whose answers are computed twice, records the measurements that one process
// records.
func TestSameMeasurementsInOneProcessAndOnACluster(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		j := makeJob(t, "training.mode="+mode, "training.steps=30", "training.measure.every=4", "cluster.audit=1",
			"cluster.min_workers=3")
		here, there := bothWays(t, j, 3)
		if diff := cmp.Diff(measurements(t, here), measurements(t, there)); diff != "" {
			t.Errorf("%s: measurements (-one process +cluster):\n%s", mode, diff)
		}
	}
}

func measurements(t *testing.T, dir string) (all []run.Metric) {
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Kind == "measure" {
			line.Seconds = 0
			all = append(all, line)
		}
	}
	if len(all) != 8 {
		t.Errorf("%d measurements in 30 steps", len(all))
	}
	return all
}
