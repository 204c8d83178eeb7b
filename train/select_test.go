package train_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/model"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

// A selected candidate scores on dev what it scored during training, also if the model is a mean of parameters. The
// best step gives the model that training gave. A selection is repeatable.
func TestSelect(t *testing.T) {
	for name, s := range map[string]small{
		"sampled": prepare(t, "training.steps=60"),
		"average": prepare(t, "training.steps=60", "training.average.decay=0.9"),
		"wide": prepareJob(t, wideJob, "seed=3", "training.steps=60", "training.optimizer.lr=0.1",
			"training.precision=bf16"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			trained := s.train(t, dir, 2)
			outcomes := readFile(t, dir, run.OutcomesFile)
			scored := evaluations(t, dir)
			steps := []uint64{trained.Best.Step}
			for _, c := range candidates(t, dir) {
				steps = append(steps, c.Step)
			}
			for _, step := range slices.Backward(steps) { // the best one is the last, and undoes the others
				got := s.choose(t, dir, train.Choice{Step: step, Why: "test"})
				for task, scores := range got.Tasks {
					if diff := cmp.Diff(scored[step][task], scores.Dev); diff != "" {
						t.Errorf("step %d, task %s (-during training +selected):\n%s", step, task, diff)
					}
				}
				onDisk, err := run.ReadSummary(dir)
				if err != nil || cmp.Diff(got, onDisk) != "" || onDisk.Selected.Step != step {
					t.Errorf("step %d: summary %+v, %v", step, onDisk, err)
				}
				if other := !bytes.Equal(outcomes, readFile(t, dir, run.OutcomesFile)); other == (step == trained.Best.Step) {
					t.Errorf("step %d: other outcomes than those of the best step: %v", step, other)
				}
				b, err := model.LoadBundle(dir)
				if err != nil || model.Sha256(b.Params) != got.ModelSHA256 {
					t.Errorf("step %d: the model is not %.12s: %v", step, got.ModelSHA256, err)
				}
			}
			again, err := run.ReadSummary(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(outcomes, readFile(t, dir, run.OutcomesFile)) {
				t.Error("the best step gives other outcomes than training")
			}
			again.Selected = nil
			if diff := cmp.Diff(trained, again); diff != "" {
				t.Errorf("the best step gives another result (-trained +selected):\n%s", diff)
			}
		})
	}
}

func readFile(t *testing.T, elem ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// evaluations returns the scores on dev by step and task.
func evaluations(t *testing.T, dir string) map[uint64]map[string]map[string]float64 {
	t.Helper()
	all := map[uint64]map[string]map[string]float64{}
	for _, m := range metrics(t, dir) {
		if m.Kind == "evaluation" {
			all[m.Step] = m.Scores
		}
	}
	return all
}

func (s small) choose(t *testing.T, dir string, choice train.Choice) *run.Summary {
	t.Helper()
	fleet := s.fleet(2)
	defer fleet.Close()
	got, err := train.Select(t.Context(), s.config(dir, fleet), choice)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// With another directory, the run stays as it is.
func TestSelectOut(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	want := s.train(t, dir, 1)
	first := candidates(t, dir)[0].Step
	out := filepath.Join(t.TempDir(), "new", "model")
	got := s.choose(t, dir, train.Choice{Step: first, Out: out})
	b, err := model.LoadBundle(out)
	if err != nil || model.Sha256(b.Params) != got.ModelSHA256 {
		t.Errorf("model %v", err)
	}
	if now, err := run.ReadSummary(dir); err != nil || cmp.Diff(want, now) != "" {
		t.Errorf("the summary of the run has changed: %v", err)
	}
	fleet := s.fleet(1)
	defer fleet.Close()
	if _, err := train.Select(t.Context(), s.config(dir, fleet), train.Choice{Step: first, Out: out}); err == nil ||
		!strings.HasSuffix(err.Error(), "not an empty directory: name another") {
		t.Errorf("a model is overwritten: %v", err)
	}
}

// A run that is not finished, and a damaged checkpoint, are refused.
func TestSelectRefuses(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(1)
	defer fleet.Close()
	if _, err := train.Select(t.Context(), s.config(dir, fleet), train.Choice{Step: 6}); err == nil ||
		!strings.HasSuffix(err.Error(), "the run is not finished: train it to its end first (--resume)") {
		t.Errorf("not finished: %v", err)
	}
	want := s.train(t, dir, 1)
	step := candidates(t, dir)[0].Step
	names, _ := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, "step-*", "tensors.safetensors"))
	for _, name := range names {
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := train.Select(t.Context(), s.config(dir, fleet), train.Choice{Step: step}); err == nil ||
		!strings.Contains(err.Error(), "torn") {
		t.Errorf("torn: %v", err)
	}
	if now, err := run.ReadSummary(dir); err != nil || cmp.Diff(want, now) != "" {
		t.Errorf("the summary of the run has changed: %v", err)
	}
}

// A resume without the checkpoint of a candidate, as after a takeover by another host, drops the candidate. The journal
// names it.
func TestLostCandidateIsDropped(t *testing.T) {
	s := prepareJob(t, wideJob, "seed=3", "training.steps=60", "training.optimizer.lr=0.1")
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(1)
	_, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: fleet, left: 50,
		fail: func() error { return errKilled }}))
	fleet.Close()
	if err == nil {
		t.Fatal("not killed")
	}
	state, err := run.OpenReadOnly(dir, s.Job).State()
	if err != nil {
		t.Fatal(err)
	}
	lost := uint64(0)
	for _, c := range state.Candidates {
		if c.Step != state.Best.Step && c.Step != state.Step {
			lost = c.Step
		}
	}
	if lost == 0 {
		t.Fatalf("no candidate beside the best of step %d: %v", state.Best.Step, state.Candidates)
	}
	names, _ := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, "*"))
	for _, name := range names {
		if strings.HasSuffix(name, fmt.Sprintf("-%09d", lost)) {
			if err := os.RemoveAll(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.train(t, dir, 1)
	for _, c := range candidates(t, dir) {
		if c.Step == lost {
			t.Errorf("step %d is still a candidate", lost)
		}
	}
	entries, err := run.ReadJournal(dir)
	if err != nil || !slices.ContainsFunc(entries, func(e run.Entry) bool {
		return e.Event == run.EventLost && e.Step == lost
	}) {
		t.Errorf("the journal does not name the lost candidate: %v", err)
	}
}
