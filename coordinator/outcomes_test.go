package coordinator_test

import (
	"os"
	"path/filepath"
	"testing"

	"braid/coordinator"
	"braid/run"
	"braid/train"
)

// A cluster leaves the file of outcomes that one process leaves.
func TestSameOutcomesInOneProcessAndOnACluster(t *testing.T) {
	j := makeJob(t)
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	fleet := setup.Local(2)
	defer fleet.Close()
	here, there := t.TempDir(), t.TempDir()
	want, err := train.Run(t.Context(), train.Config{Setup: setup, Fleet: fleet, Dir: here})
	if err != nil {
		t.Fatal(err)
	}
	c := newCluster(t)
	c.work("w0")
	c.work("w1")
	sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Dir = there }).wait(t), want)
	own, err := os.ReadFile(filepath.Join(here, run.OutcomesFile))
	if err != nil {
		t.Fatal(err)
	}
	if other, err := os.ReadFile(filepath.Join(there, run.OutcomesFile)); err != nil || string(other) != string(own) {
		t.Errorf("the cluster leaves %d bytes of outcomes (%v), one process %d, or others", len(other), err, len(own))
	}
}
