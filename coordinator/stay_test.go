package coordinator_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/train"
	"braid/transport"
	"braid/worker"
)

// A worker with Stay trains one job after another. If the fleet trains another job, a coordinator
// reports that job and how to train both at once, and leads after the job is finished.
func TestFleetOutlivesAJob(t *testing.T) {
	first, second := makeJob(t, longer, "name=first"), makeJob(t, "seed=6", "name=second")
	wantFirst, wantSecond := local(t, first), local(t, second)
	c := newCluster(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	config := c.workerConfig(c.server.URL(), "w1")
	config.Stay = true
	go func() { done <- worker.Run(ctx, config) }()
	t.Cleanup(func() { cancel(); <-done })
	reached, waits := make(chan struct{}), make(chan struct{})
	a := c.lead(first, func(config *coordinator.Config) {
		config.Events = func(e train.Event) {
			if s, ok := e.(train.Stepped); ok && s.Step == 20 {
				close(reached)
				<-waits
			}
		}
	})
	within(t, reached)
	var why atomic.Value
	b := c.lead(second, func(config *coordinator.Config) {
		config.Dir = filepath.Join(t.TempDir(), "run")
		config.Events = func(e train.Event) {
			if w, ok := e.(train.Waiting); ok && why.CompareAndSwap(nil, w.Cause) {
				close(waits)
			}
		}
	})
	select {
	case <-waits:
	case <-time.After(await.Limit):
		close(waits)
		t.Error("the second coordinator does not report that it waits")
	}
	sameModel(t, a.wait(t), wantFirst)
	sameModel(t, b.wait(t), wantSecond)
	for _, part := range []string{"first", first.Hash()[:12], "--fleet"} {
		if cause, _ := why.Load().(string); !strings.Contains(cause, part) {
			t.Errorf("%q does not contain %s", cause, part)
		}
	}
	select {
	case err := <-done:
		t.Error("the worker did not stay:", err)
		done <- nil
	default:
	}
}

// A coordinator of a finished run notifies waiting workers, which then exit.
func TestFinishedRunEndsWorkers(t *testing.T) {
	j := makeJob(t)
	c := newCluster(t)
	dir := filepath.Join(t.TempDir(), "run")
	c.work("w1")
	want := c.lead(j, func(config *coordinator.Config) { config.Dir = dir }).wait(t)
	late := c.work("w2")
	sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = dir, true }).wait(t), want)
	late.wait(t)
}

// A worker with GiveUp exits after that time without a coordinator.
func TestWorkerGivesUp(t *testing.T) {
	c := newCluster(t)
	err := worker.Run(t.Context(), worker.Config{Nats: transport.Config{URL: c.server.URL()}, Beat: beat,
		GiveUp: 300 * time.Millisecond, Log: c.log})
	oneLine(t, err, "no coordinator for 300ms: giving up")
}
