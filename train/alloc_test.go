package train_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"braid/train"
)

// A step of a training in one process allocates few objects: the event and its slices, the text of a
// checksum, and the memory that encoding/json needs for a line.
func TestAStepMakesFewObjects(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	const first, last = 100, 400
	for _, job := range []struct {
		text string
		most float64
	}{{smallJob, 9}, {wideJob, 28}} { // one task a step, and four
		s := prepareJob(t, job.text, "training.steps=400", "training.evaluate_every=1000", "cluster.checkpoint_every=1000")
		fleet := s.fleet(2)
		c := s.config(filepath.Join(t.TempDir(), "run"), fleet)
		var before, after runtime.MemStats
		c.Events = func(e train.Event) {
			if e, ok := e.(train.Stepped); ok && e.Step == first {
				runtime.ReadMemStats(&before)
			} else if ok && e.Step == last {
				runtime.ReadMemStats(&after)
			}
		}
		if _, err := train.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		fleet.Close()
		n := float64(after.Mallocs-before.Mallocs) / (last - first)
		t.Logf("%s: %.1f objects a step", s.Job.Name, n)
		if n > job.most {
			t.Errorf("%s: %.1f objects a step, at most %v are right", s.Job.Name, n, job.most)
		}
	}
}
