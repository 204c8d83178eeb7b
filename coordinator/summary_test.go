package coordinator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"braid/run"
)

// A cluster's summary equals that of one process, baselines included, except for times and workers.
func TestClusterWritesTheSameSummary(t *testing.T) {
	j := makeJob(t)
	want := local(t, j)
	c := newCluster(t)
	c.work("w1")
	c.work("w2")
	lead, dir := c.leadIn(j)
	lead.wait(t)
	got, err := run.ReadSummary(dir)
	if err != nil {
		t.Fatal(err)
	}
	ignored := cmpopts.IgnoreFields(run.Summary{}, "Workers", "Seconds", "TokensPerSecond")
	if d := cmp.Diff(want, got, ignored); d != "" {
		t.Error(d)
	}
	for name, task := range got.Tasks {
		if len(task.Baseline) == 0 || task.Dev == nil || task.Test == nil {
			t.Errorf("task %s has baseline %v, dev %v, test %v", name, task.Baseline, task.Dev, task.Test)
		}
	}
	if got.DataSHA256 == "" || got.JobHash == "" || got.Stopped == "" {
		t.Errorf("%+v", got)
	}
}
