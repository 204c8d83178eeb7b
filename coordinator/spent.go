package coordinator

import (
	"sync/atomic"
	"time"

	"braid/train"
)

// spent splits the fleet's time of a step. The remainder is the time of messages on the network.
type spent struct {
	compute time.Duration // from order to last gradient, of the slowest worker
	reduce  time.Duration // adding gradients in this process
	wire    time.Duration // encoding and publishing parameters; joining and decoding gradients
}

// took starts a measurement. The returned function ends it and adds the duration to sum.
func took(sum *time.Duration) func() {
	begin := time.Now()
	return func() { *sum += time.Since(begin) }
}

// times are the totals over all steps of this term, in nanoseconds. Any goroutine may read them.
type times struct {
	steps, all, fleet, compute, reduce, wire, optimise atomic.Int64

	begun time.Time // of the training; owned by the goroutine that calls event
}

func (t *times) add(s spent) {
	t.compute.Add(int64(s.compute))
	t.reduce.Add(int64(s.reduce))
	t.wire.Add(int64(s.wire))
}

// event adds the times that an event of the training carries.
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
