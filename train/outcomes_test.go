package train_test

import (
	"os"
	"path/filepath"
	"testing"

	"braid/job"
	"braid/model"
	"braid/run"

	"github.com/google/go-cmp/cmp"
)

// A finished run has the outcomes of all kinds of tasks on dev and test. Their metrics are those of the summary, and
// the file does not depend on the number of goroutines.
func TestOutcomesGiveTheSummarysMetrics(t *testing.T) {
	s := prepareJob(t, wideJob)
	dir := filepath.Join(t.TempDir(), "run")
	summary := s.train(t, dir, 2)
	o, err := run.ReadOutcomes(dir, s.Job)
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for name, scores := range summary.Tasks {
		for split, want := range map[job.Split]map[string]float64{job.Dev: scores.Dev, job.Test: scores.Test} {
			got := o.Of(name, split)
			if got == nil || want == nil {
				if got != nil || want != nil {
					t.Errorf("%s on %s: outcomes %v, metrics %v", name, split, got, want)
				}
				continue
			}
			parts++
			if diff := cmp.Diff(want, got.Score(model.BlockExamples).Metrics()); diff != "" {
				t.Errorf("%s on %s (-summary +outcomes):\n%s", name, split, diff)
			}
		}
	}
	if parts != 6 { // two tasks have no test split
		t.Errorf("%d parts", parts)
	}
	again := filepath.Join(t.TempDir(), "run")
	s.train(t, again, 3)
	want, _ := os.ReadFile(filepath.Join(dir, run.OutcomesFile))
	got, _ := os.ReadFile(filepath.Join(again, run.OutcomesFile))
	if string(got) != string(want) {
		t.Error("3 goroutines leave other outcomes than 2")
	}
}

// A damaged file of outcomes is refused, wherever the damage is, and so is one of another job.
func TestDamagedOutcomesAreRefused(t *testing.T) {
	s := prepareJob(t, wideJob, "training.steps=1")
	dir := filepath.Join(t.TempDir(), "run")
	s.train(t, dir, 1)
	file := filepath.Join(dir, run.OutcomesFile)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := run.ReadOutcomes(dir, s.Job); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	for at := 0; at < len(sound); at += 7 {
		b := append([]byte(nil), sound...)
		b[at] ^= 4
		refused("a changed byte", b)
		refused("a part", sound[:at])
	}
	refused("a byte more", append(append([]byte(nil), sound...), 0))
	if err := os.WriteFile(file, sound, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run.ReadOutcomes(dir, s.Job); err != nil {
		t.Error(err)
	}
	if _, err := run.ReadOutcomes(dir, prepareJob(t, wideJob, "training.steps=2").Job); err == nil {
		t.Error("the outcomes of another job are accepted")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := run.ReadOutcomes(dir, s.Job); err == nil {
		t.Error("a missing file is accepted")
	}
}
