package train_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/run"
	"braid/train"
)

// A training without a dev split has no best evaluation. It ends with the same model if it is resumed.
func TestResumedWithoutDev(t *testing.T) {
	text := strings.Replace(smallJob, ", dev: dev.jsonl, test: test.jsonl", "", 1)
	s := prepareJob(t, text)
	want := s.train(t, filepath.Join(t.TempDir(), "run"), 2)
	if want.Best.Step != 0 {
		t.Fatalf("the best evaluation is %+v", want.Best)
	}
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(2)
	defer fleet.Close()
	_, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: fleet, left: 13,
		fail: func() error { return errKilled }}))
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if got := s.train(t, dir, 2); got.ModelSHA256 != want.ModelSHA256 {
		t.Errorf("model %.12s, want %.12s", got.ModelSHA256, want.ModelSHA256)
	}
}

// A fenced training stops without a checkpoint. A training that fails returns its error, also if it was cancelled.
func TestStopped(t *testing.T) {
	for name, c := range map[string]struct {
		cause error // of the cancellation
		fail  error // of the fleet; nil: that of the context
		want  error
		end   string // entry of the journal
		saved int    // newest checkpoint
	}{
		"fenced": {train.ErrFenced, nil, train.ErrFenced, "stopped 7 another coordinator leads this job", 5},
		"failed": {context.Canceled, errKilled, errKilled, "failed 7 killed", 5},
		"both":   {nil, nil, nil, "stopped 7 interrupted", 7},
	} {
		t.Run(name, func(t *testing.T) {
			s := prepare(t, "training.evaluate_every=100")
			dir := filepath.Join(t.TempDir(), "run")
			fleet := s.fleet(1)
			defer fleet.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			fail := func() error { cancel(c.cause); return c.fail }
			_, err := train.Run(ctx, s.config(dir, &faulty{Fleet: fleet, left: 7, fail: fail}))
			var interrupted *train.Interrupted
			if c.want != nil && !errors.Is(err, c.want) || errors.As(err, &interrupted) != (c.want == nil) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			entries, err := run.ReadJournal(dir)
			if err != nil {
				t.Fatal(err)
			}
			last := entries[slices.IndexFunc(entries, func(e run.Entry) bool {
				return e.Event == run.EventStopped || e.Event == run.EventFailed
			})]
			if got := fmt.Sprint(last.Event, " ", last.Step, " ", last.Message); got != c.end {
				t.Errorf("the last entry is %q, want %q", got, c.end)
			}
			steps, err := run.OpenReadOnly(dir, s.Job).Steps()
			if err != nil || steps[len(steps)-1] != uint64(c.saved) {
				t.Errorf("checkpoints %v (%v), want the newest of step %d", steps, err, c.saved)
			}
			if lines := metrics(t, dir); len(lines) != 7 {
				t.Errorf("%d lines of metrics, want 7", len(lines))
			}
		})
	}
}

// A training that cannot begin is noted in the journal.
func TestFailureBeforeTheFirstStep(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(1)
	defer fleet.Close()
	if _, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: fleet, left: 7,
		fail: func() error { return errKilled }})); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	file := filepath.Join(dir, run.MetricsFile)
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o755)); err != nil {
		t.Fatal(err)
	}
	_, err := train.Run(t.Context(), s.config(dir, fleet))
	entries, errRead := run.ReadJournal(dir)
	if err == nil || errRead != nil {
		t.Fatal(err, errRead)
	}
	if last := entries[len(entries)-1]; last.Event != run.EventFailed || last.Message != err.Error() {
		t.Errorf("error %v, the last entry is %+v", err, last)
	}
}
