package train_test

import (
	"path/filepath"
	"slices"
	"testing"

	"braid/run"
	"braid/train"
)

// The summary counts the steps of each task. It names the tasks that no step up to the model's has trained.
func TestSummaryNamesWhatWasNeverTrained(t *testing.T) {
	s := prepare(t, "training.sampling.kind=explicit", "tasks.topic.probability=1", "tasks.names.probability=0.0001")
	dir := filepath.Join(t.TempDir(), "run")
	got := s.train(t, dir, 1)
	if !slices.Equal(got.NeverTrained, []string{"names"}) || got.Tasks["names"].Steps != 0 ||
		got.Tasks["topic"].Steps != 24 {
		t.Errorf("never trained %v, steps %d and %d", got.NeverTrained, got.Tasks["topic"].Steps, got.Tasks["names"].Steps)
	}
	starved := s.Starved()
	if len(starved) != 1 || starved[0].Task != "names" ||
		starved[0].Remedy != "raise tasks.names.probability, or train longer" {
		t.Errorf("starved %v", starved)
	}
}

func TestSummaryCountsSteps(t *testing.T) {
	for _, mode := range []string{"sampled", "joint"} {
		s := prepare(t, "training.mode="+mode)
		dir := filepath.Join(t.TempDir(), "run")
		got, want := s.train(t, dir, 1), map[string]uint64{}
		lines, err := run.ReadMetrics(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range lines {
			for _, name := range m.Tasks {
				want[name]++
			}
		}
		for name, task := range got.Tasks {
			if task.Steps != want[name] || task.Steps == 0 {
				t.Errorf("%s: task %s has %d steps, its metrics %d", mode, name, task.Steps, want[name])
			}
		}
		if got.NeverTrained != nil {
			t.Errorf("%s: never trained %v", mode, got.NeverTrained)
		}
	}
}

// The tasks that were never trained are those of the best step, not those of the last one.
func TestNeverTrainedUpToTheBestStep(t *testing.T) {
	s := prepare(t, "training.sampling.kind=round_robin", "training.evaluate_every=1", "training.patience=3")
	fleet := s.fleet(1)
	defer fleet.Close()
	got, err := train.Run(t.Context(), s.config(filepath.Join(t.TempDir(), "run"), &forgetful{Fleet: fleet}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Best.Step != 1 || got.Steps != 4 || len(got.NeverTrained) != 1 || len(got.Tasks) != 2 {
		t.Errorf("best at step %d of %d, never trained: %v; want one task", got.Best.Step, got.Steps, got.NeverTrained)
	}
}
