package coordinator_test

import (
	"os"
	"path/filepath"
	"testing"

	"braid/run"
)

// A cluster leaves the file of outcomes that one process leaves.
func TestSameOutcomesInOneProcessAndOnACluster(t *testing.T) {
	here, there := bothWays(t, makeJob(t), 2)
	own, err := os.ReadFile(filepath.Join(here, run.OutcomesFile))
	if err != nil {
		t.Fatal(err)
	}
	if other, err := os.ReadFile(filepath.Join(there, run.OutcomesFile)); err != nil || string(other) != string(own) {
		t.Errorf("the cluster leaves %d bytes of outcomes (%v), one process %d, or others", len(other), err, len(own))
	}
}
