package coordinator

import (
	"sync/atomic"
	"time"

	"braid/train"
)

// spent is where the fleet's part of a step went: the loop's own time, and the slowest
// worker's. What is left of it is messages under way.
type spent struct {
	compute time.Duration // from order to last gradient, of the slowest worker
	reduce  time.Duration // sums of the tree here
	wire    time.Duration // encoding and publishing parameters; joining and decoding gradients
}

// took times what begins with its call and ends with the returned one's.
func took(sum *time.Duration) func() {
	begin := time.Now()
	return func() { *sum += time.Since(begin) }
}

// times are the same of all steps of this term, for others to read, in nanoseconds.
type times struct {
	steps, all, fleet, compute, reduce, wire, optimise atomic.Int64

	begun time.Time // of training; belongs to the goroutine of the events
}

func (t *times) add(s spent) {
	t.compute.Add(int64(s.compute))
	t.reduce.Add(int64(s.reduce))
	t.wire.Add(int64(s.wire))
}

// event notes what a training says of its steps.
func (t *times) event(e train.Event) {
	switch e := e.(type) {
	case train.Started:
		t.begun = time.Now()
	case train.Stepped:
		t.fleet.Add(int64(e.Compute))
		t.optimise.Add(int64(e.Apply))
		t.all.Store(int64(time.Since(t.begun)))
		t.steps.Add(1)
	}
}
