package coordinator_test

import (
	"runtime"
	"testing"

	"braid/coordinator"
	"braid/train"
)

// The live heap of a coordinator, its server and a worker is the same after 10,000 steps as after
// 1,000: none of them retains memory per step, message or answer.
func TestMemoryDoesNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10,000 steps")
	}
	const noise = 256 << 10 // buffers differ in the largest gradient that they have held
	j := makeJob(t, "training.steps=10000", "training.evaluate_every=100000", "cluster.checkpoint_every=100000")
	var early, late int64
	c := newCluster(t)
	w := c.work("w1")
	lead := c.lead(j, func(config *coordinator.Config) {
		config.Events = func(e train.Event) {
			if e, ok := e.(train.Stepped); ok && e.Step == 1000 {
				early = living()
			} else if ok && e.Step == 10000 {
				late = living()
			}
		}
	})
	<-lead.done
	if lead.err != nil {
		t.Fatal(lead.err)
	}
	w.wait(t)
	if t.Logf("%d bytes live after 1,000 steps, %d more after 10,000", early, late-early); late > early+noise {
		t.Error("memory grows")
	}
}

// living returns the size of the live heap in bytes.
func living() int64 {
	runtime.GC()
	runtime.GC() // the contents of sync.Pools survive one collection
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
