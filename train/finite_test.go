package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/gradient"
	"braid/model"
	"braid/run"
	"braid/train"
)

// spoiling is a fleet whose gradients of some steps are not finite, at each call for these steps.
type spoiling struct {
	train.Fleet
	steps map[uint64]bool
}

func (f *spoiling) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	roots, err := f.Fleet.Gradient(ctx, w)
	if err == nil && f.steps[w.Step.Step+1] {
		g := roots[0]
		g.Dense[0][1] = float32(math.NaN())
		g.Loss[w.Step.Streams[0].Tasks[0]].Sum = math.Inf(1)
	}
	return roots, err
}

func (s small) trainSpoiled(dir string, steps map[uint64]bool, kill int) (*run.Summary, error) {
	fleet := s.fleet(2)
	defer fleet.Close()
	f := &faulty{Fleet: &spoiling{fleet, steps}, left: kill}
	if kill > 0 {
		f.fail = func() error { return errKilled }
	}
	return train.Run(context.Background(), s.config(dir, f))
}

// A skipped step does not change parameters, moments and step counts. It is recorded, and training continues.
func TestNotFiniteIsSkipped(t *testing.T) {
	s := prepare(t, "training.not_finite=skip", "cluster.checkpoint_every=1", "cluster.keep=100")
	dir := filepath.Join(t.TempDir(), "run")
	steps := map[uint64]bool{8: true, 9: true, 15: true}
	got, err := s.trainSpoiled(dir, steps, 0)
	if err != nil {
		t.Fatal(err)
	}
	tensors := func(step uint64) []byte {
		b, err := os.ReadFile(filepath.Join(dir, run.CheckpointsDir, fmt.Sprintf("step-%09d", step), "tensors.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for step := uint64(2); step <= got.Steps; step++ {
		if same := bytes.Equal(tensors(step-1), tensors(step)); same != steps[step] {
			t.Errorf("step %d: parameters and moments unchanged: %v", step, same)
		}
	}
	if got.SkippedSteps != 3 || got.Steps != 24 {
		t.Errorf("%d steps, %d skipped; want 24 and 3", got.Steps, got.SkippedSteps)
	}
	for _, line := range metrics(t, dir) {
		if line.Kind == "step" && (line.Skipped != steps[line.Step] || line.Skipped && len(line.Loss) > 0 ||
			line.Skipped == (line.Checksum != "")) {
			t.Errorf("metrics of step %d: skipped %v, loss %v", line.Step, line.Skipped, line.Loss)
		}
	}
	entries, err := run.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range entries {
		if e.Event == "not_finite" && steps[e.Step] {
			noted++
		}
	}
	if noted != 3 {
		t.Errorf("%d steps in the journal, want 3", noted)
	}
}

// A run that skips steps, is killed at any step and resumed equals a run without an interruption.
func TestSkippedStepsAndResumed(t *testing.T) {
	s := prepare(t, "training.not_finite=skip")
	steps := map[uint64]bool{1: true, 8: true, 9: true, 15: true, 24: true}
	whole := filepath.Join(t.TempDir(), "run")
	want, err := s.trainSpoiled(whole, steps, 0)
	if err != nil {
		t.Fatal(err)
	}
	for kill := 1; kill < int(want.Steps); kill += 3 {
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := s.trainSpoiled(dir, steps, kill); !errors.Is(err, errKilled) {
			t.Fatalf("killed at step %d: %v", kill, err)
		}
		got, err := s.trainSpoiled(dir, steps, 0)
		if err != nil {
			t.Fatal(err)
		}
		sameRun(t, whole, dir, want, got)
		if got.SkippedSteps != want.SkippedSteps {
			t.Errorf("killed at step %d: %d skipped, want %d", kill, got.SkippedSteps, want.SkippedSteps)
		}
	}
}

// Nine skipped steps in a row are allowed, ten are an error. A step that is applied resets the count.
func TestTenSkippedInARowStop(t *testing.T) {
	s := prepare(t, "training.not_finite=skip")
	steps := map[uint64]bool{}
	for step := range uint64(20) {
		steps[step+1] = step != 9
	}
	_, err := s.trainSpoiled(filepath.Join(t.TempDir(), "run"), steps, 0)
	if err == nil || !strings.Contains(err.Error(),
		"10 steps in a row were skipped because they were not finite, the last one: step 20: the loss of task") {
		t.Errorf("error %v, want one of step 20", err)
	}
	delete(steps, 20)
	if got, err := s.trainSpoiled(filepath.Join(t.TempDir(), "run"), steps, 0); err != nil || got.SkippedSteps != 18 {
		t.Errorf("%v, %v; want 18 skipped", got, err)
	}
}

// lying is a fleet that returns wrong gradients from a step on and withdraws them later.
type lying struct {
	train.Fleet
	from, until uint64
	honest      bool
	split       string // at whose scoring it is found out, "": at a gradient
}

func (f *lying) take() error {
	f.honest = true
	return &train.Withdrawn{Step: f.from, Why: "w1 is quarantined"}
}

func (f *lying) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	if !f.honest && f.split == "" && w.Step.Step >= f.until {
		return nil, f.take()
	}
	roots, err := f.Fleet.Gradient(ctx, w)
	if err == nil && !f.honest && w.Step.Step >= f.from {
		roots[0].Scale(3)
		roots[0].Dense[0][1] = 1
		roots[0].Loss[w.Step.Streams[0].Tasks[0]].Sum += 5
	}
	return roots, err
}

func (f *lying) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	if !f.honest && string(w.Split) == f.split {
		return nil, f.take()
	}
	return f.Fleet.Score(ctx, w)
}

// Withdrawn steps are retrained from a checkpoint before them or from the start. The wrong results leave no
// trace.
func TestWithdrawnStepsAreComputedAnew(t *testing.T) {
	for name, s := range map[string]small{"small": prepareJob(t, smallJob), "wide": prepareJob(t, wideJob),
		"famo":    prepareJob(t, wideJob, "training.conflict.kind=famo"),
		"balance": prepareJob(t, smallJob, "training.balance.kind=uncertainty", "training.balance.lr=0.1")} {
		whole := filepath.Join(t.TempDir(), "run")
		want := s.train(t, whole, 2)
		for _, c := range []lying{{until: 1}, {until: 17}, {from: 4, until: 5}, {from: 6, until: 7}, {from: 11, until: 12},
			{from: 13, until: 19},
			{from: 5, until: want.Steps - 1}, {from: 3, split: "dev"}, {from: 12, split: "test"}, {split: "test"}} {
			t.Run(fmt.Sprint(name, c.from, c.until, c.split), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "run")
				fleet := s.fleet(2)
				defer fleet.Close()
				c.Fleet = fleet
				got, err := train.Run(t.Context(), s.config(dir, &c))
				if err != nil {
					t.Fatal(err)
				}
				sameRun(t, whole, dir, want, got)
			})
		}
	}
}

// The errors name the step, all its tasks and the number.
func TestNotFiniteErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), math.Inf(-1)
	for _, c := range []struct {
		mode string
		harm func(*gradient.Gradient)
		want string
	}{
		{"joint", func(g *gradient.Gradient) { g.Dense[0][1] = nan },
			"step 8: the gradient of task topic, names has norm NaN: "},
		{"joint", func(g *gradient.Gradient) { g.Loss[1].Sum = inf }, "step 8: the loss of task names is -Inf: "},
		{"sampled", func(g *gradient.Gradient) { g.Dense[0][1] = nan }, "step 8: the gradient of task "},
	} {
		s := prepare(t, "training.mode="+c.mode)
		fleet := s.fleet(1)
		_, err := train.Run(t.Context(), s.config(filepath.Join(t.TempDir(), "run"),
			&faulty{Fleet: fleet, left: 7, harm: c.harm}))
		fleet.Close()
		const mend = "lower training.optimizer.lr, set training.clip, or training.not_finite: skip; the checkpoint of step "
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !strings.Contains(err.Error(), mend) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// The term survives a return to the start, and the time of withdrawn steps counts.
func TestWithdrawnStepsKeepTermAndTime(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(2)
	defer fleet.Close()
	c := s.config(dir, &lying{Fleet: fleet, until: 3})
	c.Term = 4
	var took time.Duration
	var withdrew []train.Withdrew
	c.Events = func(e train.Event) {
		switch e := e.(type) {
		case train.Stepped:
			took += e.Took
		case train.Withdrew:
			withdrew = append(withdrew, e)
		}
	}
	if _, err := train.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	state := lastState(t, s, dir)
	if state.Term != 4 || math.Abs(state.StepSeconds-took.Seconds()) > 1e-6 || state.Seconds < state.StepSeconds {
		t.Errorf("term %d, %v s, %v s in steps; want 4 and %v", state.Term, state.Seconds, state.StepSeconds, took)
	}
	if len(withdrew) != 1 || withdrew[0] != (train.Withdrew{Step: 0, Why: "w1 is quarantined"}) {
		t.Errorf("events %+v", withdrew)
	}
}
