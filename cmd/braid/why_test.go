package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"braid/gradient"
	"braid/job"
	"braid/run"
	"braid/train"
)

// silent is a fleet whose workers are lost after a number of steps.
type silent struct {
	train.Fleet
	left  int
	asked chan struct{}
}

func (f *silent) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	if f.left--; f.left >= 0 {
		return f.Fleet.Gradient(ctx, w)
	}
	w.Waiting("step 8: waiting for workers, 0 of 1 ready, 0 joining, for 2.5 s: start more with worker --nats URL")
	close(f.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// A run of term 3 after term 2 waits for workers and is stopped.
func TestWhyOfARunThatWaits(t *testing.T) {
	j, err := job.Load("testdata/tiny/tiny.yaml", "cluster.checkpoint_every=5")
	if err != nil {
		t.Fatal(err)
	}
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	lead := func(term uint64, steps int, meanwhile func()) {
		t.Helper()
		f := &silent{setup.Local(1), steps, make(chan struct{})}
		defer f.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() {
			_, err := train.Run(ctx, train.Config{Setup: setup, Fleet: f, Dir: dir, Resume: true, Term: term})
			done <- err
		}()
		<-f.asked
		meanwhile()
		cancel(train.ErrFenced)
		if err := <-done; err == nil {
			t.Fatal("it went on")
		}
	}
	said := func() string {
		t.Helper()
		status, err := run.Inspect(dir)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		why{status, time.Now().Add(time.Minute)}.print(&out)
		return out.String()
	}
	check := func(got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !regexp.MustCompile(w).MatchString(got) {
				t.Errorf("%s\nhas no %s", got, w)
			}
		}
	}
	lead(2, 7, func() {})
	check(said(), `run was stopped after step 7 of 144, \S+ \(1m00s ago\): another coordinator leads this job\. The `+
		`newest checkpoint is of step 5\.`,
		`to resume: coordinator --job \S+/job.yaml --out \S+ --resume, with --nats or --listen as before`)
	lead(3, 2, func() {
		check(said(), `run has been waiting since [0-9:]+ \(1m00s\): step 8: waiting for workers, .* --nats URL\. `+
			`Process [0-9]+ leads it in term 3 since [0-9:]+\. Step 7 of 144 is done, 1m00s ago`,
			`takeover at [0-9:]+: the coordinator of term 3 takes over from that of term 2`)
	})
	check(said(), `run was stopped after step 7`)
}
