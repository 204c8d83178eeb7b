package train_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"braid/train"
)

// The live heap after 10,000 steps is that after 1,000: a step leaves nothing on the heap. The tasks use two
// data sets, so that their heads come from different streams of a step.
func TestMemoryDoesNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10,000 steps")
	}
	const noise = 64 << 10 // pools of the library's, and the metrics' buffer
	s := prepareJob(t, wideJob, "training.steps=10000", "training.evaluate_every=100000",
		"cluster.checkpoint_every=100000")
	fleet := s.fleet(1)
	defer fleet.Close()
	c := s.config(filepath.Join(t.TempDir(), "run"), fleet)
	c.Threads = 1
	var early, late int64
	c.Events = func(e train.Event) {
		if e, ok := e.(train.Stepped); ok && e.Step == 1000 {
			early = living()
		} else if ok && e.Step == 10000 {
			late = living()
		}
	}
	if _, err := train.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if early == 0 || late > early+noise {
		t.Errorf("%d bytes live after 1,000 steps, %d more after 10,000", early, late-early)
	}
}

// living returns the size of the live heap.
func living() int64 {
	runtime.GC()
	runtime.GC() // what pools held survives one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
