package coordinator_test

import (
	"testing"

	"braid/job"
	"braid/run"
)

// A cluster records the same steps as one process: tasks, loss, norm, learning rate and the checksum
// of the gradient, to the last bit.
func TestClusterRecordsTheSameSteps(t *testing.T) {
	for name, j := range map[string]*job.Job{
		"sampled":  makeJob(t),
		"joint":    makeJob(t, "training.mode=joint", "training.precision=bf16"),
		"poisoned": makePoisoned(t, "training.not_finite=skip"),
	} {
		t.Run(name, func(t *testing.T) {
			_, dir, err := trainLocal(t, j)
			if err != nil {
				t.Fatal(err)
			}
			want := recordedSteps(t, dir)
			c := newCluster(t)
			c.work("w1")
			c.work("w2")
			j := *j
			j.Cluster.MinWorkers = 2
			lead, dir := c.leadIn(&j)
			lead.wait(t)
			got := recordedSteps(t, dir)
			if len(got) != len(want) || len(want) == 0 {
				t.Fatalf("%d steps, want %d", len(got), len(want))
			}
			for i := range want {
				if names := want[i].Differences(&got[i]); names != nil {
					t.Fatalf("step %d differs in %v:\n%+v\n%+v", want[i].Step, names, want[i], got[i])
				}
				if (got[i].Checksum == "") != got[i].Skipped {
					t.Errorf("step %d has checksum %q", got[i].Step, got[i].Checksum)
				}
			}
		})
	}
}

func recordedSteps(t *testing.T, dir string) []run.Metric {
	t.Helper()
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	var steps []run.Metric
	for _, m := range lines {
		if m.Kind == "step" {
			steps = append(steps, m)
		}
	}
	return steps
}
