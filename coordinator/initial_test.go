package coordinator_test

import (
	"testing"

	"braid/coordinator"
	"braid/train"
)

// A job that starts from a model, with frozen parts, new words and rehearsal, gives the same model on a cluster. The
// workers do not have the initial model.
func TestSameModelFromAnInitialModel(t *testing.T) {
	first := makeJob(t, "data.made.fold=1/2", "training.steps=12", "tasks.names.name=old", "tasks.old.reads=[]")
	setup, err := train.Open(t.Context(), first, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := setup.Local(2)
	defer f.Close()
	dir := t.TempDir()
	if _, err := train.Run(t.Context(), train.Config{Setup: setup, Fleet: f, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	for _, overrides := range [][]string{
		{"init.rehearse=0.3", "init.freeze=word"},
		{"training.mode=joint", "init.freeze=encoder,head.topic", "training.precision=bf16"},
	} {
		j := makeJob(t, append(overrides, "init.from="+dir, "data.made.fold=2/2")...)
		want := local(t, j)
		if want.Tasks["topic"].Before == nil || want.Tasks["names"].Before != nil {
			t.Errorf("before %+v, %+v", want.Tasks["topic"].Before, want.Tasks["names"].Before)
		}
		c := newCluster(t)
		leader := c.lead(j, func(c *coordinator.Config) { c.Job.Cluster.MinWorkers = 2 })
		c.work("w1")
		c.work("w2")
		sameModel(t, leader.wait(t), want)
	}
}
