package train_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"braid/run"
	"braid/train"
)

// A disk that rejects checkpoints for a while does not end a run. The failure is an event and an entry of the
// journal, and the model is the same.
func TestFailedCheckpointsEndNoRun(t *testing.T) {
	s := prepare(t)
	whole := filepath.Join(t.TempDir(), "run")
	want := s.train(t, whole, 2)
	dir := filepath.Join(t.TempDir(), "run")
	checkpoints := filepath.Join(dir, run.CheckpointsDir)
	var unsaved atomic.Int64
	fleet := s.fleet(2)
	defer fleet.Close()
	c := s.config(dir, fleet)
	c.Events = func(e train.Event) {
		switch e := e.(type) {
		case train.Stepped:
			var err error
			switch e.Step {
			case 1:
				err = errors.Join(os.Rename(checkpoints, checkpoints+".aside"), os.WriteFile(checkpoints, nil, 0o644))
			case 22:
				err = errors.Join(os.Remove(checkpoints), os.Rename(checkpoints+".aside", checkpoints))
			}
			if err != nil {
				t.Error(err)
			}
		case train.Unsaved:
			unsaved.Add(1)
		}
	}
	got, err := train.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	sameRun(t, whole, dir, want, got)
	if unsaved.Load() == 0 {
		t.Error("nobody was told")
	}
	entries, err := run.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(entries, func(e run.Entry) bool {
		return e.Event == run.EventUnsaved && e.Message != "" && e.Fields[run.FieldInARow] == 1.0
	}) {
		t.Errorf("the journal does not say so: %v", entries)
	}
}

// A run whose last checkpoint cannot be written ends with that error.
func TestLastCheckpointMustBeWritten(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	checkpoints := filepath.Join(dir, run.CheckpointsDir)
	fleet := s.fleet(2)
	defer fleet.Close()
	c := s.config(dir, fleet)
	c.Events = func(e train.Event) {
		if s, ok := e.(train.Stepped); ok && s.Step == 1 {
			if err := errors.Join(os.Rename(checkpoints, checkpoints+".aside"),
				os.WriteFile(checkpoints, nil, 0o644)); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := train.Run(t.Context(), c); err == nil {
		t.Error("no error")
	}
	if err := errors.Join(os.Remove(checkpoints), os.Rename(checkpoints+".aside", checkpoints)); err != nil {
		t.Fatal(err)
	}
	if status, err := run.Inspect(dir); err != nil || status.Phase != run.PhaseFailed || status.Unsaved == nil {
		t.Errorf("%v: %+v", err, status)
	}
}
