package train_test

import (
	"os"
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
	vectors := filepath.Join(t.TempDir(), "vectors.txt")
	if err := os.WriteFile(vectors, []byte(vectorsText()), 0o644); err != nil {
		t.Fatal(err)
	}
	vectors = "encoder.word.vectors.file=" + vectors
	for _, job := range []struct {
		text  string
		most  float64
		extra []string
	}{{smallJob, 9, nil}, {wideJob, 28, nil}, // one task a step, and four
		{smallJob, 9, []string{vectors, "encoder.word.vectors.tune_after=200"}},
		{smallJob, 9, []string{vectors, "encoder.word.vectors.update=frozen", "encoder.word.update=dense"}}} {
		s := prepareJob(t, job.text, append([]string{"training.steps=400", "training.evaluate_every=1000",
			"cluster.checkpoint_every=1000"}, job.extra...)...)
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
