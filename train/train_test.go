package train_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/gradient"
	"braid/model"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

type mode struct {
	job       string
	overrides []string
}

var modes = map[string]mode{
	"sampled": {smallJob, nil},
	"joint":   {smallJob, []string{"training.mode=joint"}},
	"dense": {smallJob, []string{"encoder.word.update=dense", "training.optimizer.kind=adamw",
		"training.optimizer.weight_decay=0.01"}},
	"bf16":    {smallJob, []string{"training.precision=bf16"}},
	"average": {smallJob, []string{"training.average.decay=0.9", "training.average.from=3"}},
	"wide average": {wideJob, []string{"training.average.decay=1", "training.precision=bf16",
		"training.mode=sampled"}},
	"wide joint": {wideJob, nil},
	"wide some":  {wideJob, []string{"training.tasks_per_step=2"}},
	"wide sampled": {wideJob, []string{"training.mode=sampled", "training.sampling.kind=temperature",
		"training.sampling.cap=40"}},
	"wide single": {wideJob, []string{"training.mode=sampled", "training.batch=1", "training.shards=1",
		"tasks.price.weight=3"}},
	"wide momentum": {wideJob, []string{"training.optimizer.kind=sgd", "training.optimizer.momentum=0.9",
		"training.optimizer.lr=0.1"}},
}

// balancedModes multiply the gradients of tasks by factors, so that norms in records are not those of the roots.
var balancedModes = map[string]mode{
	"uncertainty": {smallJob, []string{"training.balance.kind=uncertainty", "training.balance.lr=0.1"}},
	"wide uw_so":  {wideJob, []string{"training.balance.kind=uw_so", "training.balance.smoothing=0.5"}},
	"wide sampled dwa": {wideJob, []string{"training.mode=sampled", "training.balance.kind=dwa",
		"training.balance.every=3"}},
	"upgrad":    {smallJob, []string{"training.mode=joint", "training.conflict.kind=upgrad"}},
	"wide famo": {wideJob, []string{"training.conflict.kind=famo"}},
	"wide gradnorm": {wideJob, []string{"training.conflict.kind=gradnorm", "training.conflict.lr=0.1",
		"training.precision=bf16"}},
	"wide stch imtl_l": {wideJob, []string{"training.conflict.kind=stch", "training.balance.kind=imtl_l"}},
	"wide some pcgrad": {wideJob, []string{"training.conflict.kind=pcgrad", "training.conflict.per=tensor",
		"training.tasks_per_step=3"}},
	"m_config": {smallJob, []string{"training.conflict.kind=m_config", "training.balance.kind=rlw"}},
	"wide held imtl_g": {wideJob, []string{"training.mode=sampled", "training.conflict.kind=imtl_g",
		"training.measure.every=5"}},
	"wide rlw": {wideJob, []string{"training.tasks_per_step=2", "training.balance.kind=rlw"}},
}

// everyMode returns modes and balancedModes.
func everyMode() map[string]mode {
	all := maps.Clone(modes)
	maps.Copy(all, balancedModes)
	return all
}

// Promise 1 in one process: the number of threads does not change a bit of the result.
func TestThreadsDoNotChangeTheModel(t *testing.T) {
	for mode, m := range everyMode() {
		t.Run(mode, func(t *testing.T) {
			s := prepareJob(t, m.job, m.overrides...)
			want := s.train(t, filepath.Join(t.TempDir(), "run"), 1)
			for _, threads := range []int{2, 3, 5} {
				got := s.train(t, filepath.Join(t.TempDir(), "run"), threads)
				if got.ModelSHA256 != want.ModelSHA256 {
					t.Errorf("%d threads: model %.12s, want %.12s", threads, got.ModelSHA256, want.ModelSHA256)
				}
				if diff := cmp.Diff(want.Tasks, got.Tasks); diff != "" {
					t.Errorf("%d threads: scores differ (-1 thread +%d):\n%s", threads, threads, diff)
				}
			}
		})
	}
}

// faulty is a fleet that fails at its n-th gradient, or changes the gradients from then on.
type faulty struct {
	train.Fleet
	left int
	fail func() error
	harm func(*gradient.Gradient)
}

func (f *faulty) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	f.left--
	if f.left < 0 && f.fail != nil {
		if err := f.fail(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	roots, err := f.Fleet.Gradient(ctx, w)
	if err == nil && f.left < 0 && f.harm != nil {
		f.harm(roots[0])
	}
	return roots, err
}

var errKilled = errors.New("killed")

// Promise 1 over time: a process that is killed at any step and resumed ends with the same model, scores and
// metrics.
func TestKilledAtEveryStepAndResumed(t *testing.T) {
	for name, s := range map[string]small{"small": prepareJob(t, smallJob), "wide": prepareJob(t, wideJob),
		"average":      prepareJob(t, smallJob, "training.average.decay=0.9", "training.average.from=3"),
		"balance":      prepareJob(t, smallJob, "training.balance.kind=uncertainty", "training.balance.lr=0.1"),
		"gradnorm":     prepareJob(t, smallJob, "training.mode=joint", "training.conflict.kind=gradnorm"),
		"famo":         prepareJob(t, wideJob, "training.conflict.kind=famo"),
		"pcgrad":       prepareJob(t, smallJob, "training.mode=joint", "training.conflict.kind=pcgrad"),
		"m_config":     prepareJob(t, smallJob, "training.conflict.kind=m_config"),
		"held":         prepareJob(t, smallJob, "training.conflict.kind=upgrad", "training.measure.every=4"),
		"wide balance": prepareJob(t, wideJob, "training.balance.kind=dwa", "training.balance.every=3")} {
		t.Run(name, func(t *testing.T) { killedAtEveryStep(t, s) })
	}
}

func killedAtEveryStep(t *testing.T, s small) {
	whole := filepath.Join(t.TempDir(), "run")
	want := s.train(t, whole, 2)
	every := 1
	if testing.Short() {
		every = 5
	}
	for kill := 2 % every; kill < int(want.Steps); kill += every {
		t.Run(fmt.Sprint(kill), func(t *testing.T) {
			t.Parallel() // they wait for the disk, not for the processor
			dir := filepath.Join(t.TempDir(), "run")
			fleet := s.fleet(2)
			_, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: fleet, left: kill,
				fail: func() error { return errKilled }}))
			fleet.Close()
			if !errors.Is(err, errKilled) {
				t.Fatalf("killed at step %d: %v", kill, err)
			}
			sameRun(t, whole, dir, want, s.train(t, dir, 2))
		})
	}
}

// A cancelled context leaves a checkpoint of the last step.
func TestInterruptedAndResumed(t *testing.T) {
	s := prepare(t, "training.mode=joint")
	whole := filepath.Join(t.TempDir(), "run")
	want := s.train(t, whole, 2)
	for _, at := range []int{0, 1, 6, 13, 23} {
		dir := filepath.Join(t.TempDir(), "run")
		ctx, cancel := context.WithCancel(t.Context())
		fleet := s.fleet(2)
		_, err := train.Run(ctx, s.config(dir, &faulty{Fleet: fleet, left: at, fail: func() error { cancel(); return nil }}))
		fleet.Close()
		var interrupted *train.Interrupted
		if !errors.As(err, &interrupted) || interrupted.Step != uint64(at) {
			t.Fatalf("cancelled at step %d: %v", at, err)
		}
		sameRun(t, whole, dir, want, s.train(t, dir, 1))
	}
}

// sameRun compares the results of two runs: model, summary, candidates and all lines of metrics.
func sameRun(t *testing.T, wantDir, gotDir string, want, got *run.Summary) {
	t.Helper()
	if got.ModelSHA256 != want.ModelSHA256 {
		t.Errorf("model %.12s, want %.12s", got.ModelSHA256, want.ModelSHA256)
	}
	if diff := cmp.Diff(want.Best, got.Best); diff != "" {
		t.Errorf("best differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Tasks, got.Tasks); diff != "" {
		t.Errorf("scores differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(candidates(t, wantDir), candidates(t, gotDir)); diff != "" {
		t.Errorf("candidates differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(metrics(t, wantDir), metrics(t, gotDir)); diff != "" {
		t.Errorf("metrics differ (-want +got):\n%s", diff)
	}
}

// candidates returns the candidates of a run. The checkpoint of each must be there.
func candidates(t *testing.T, dir string) []run.Candidate {
	t.Helper()
	j, err := run.ReadJob(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run.OpenReadOnly(dir, j)
	state, err := r.State()
	if err != nil || state == nil || len(state.Candidates) == 0 {
		t.Fatalf("%s: no candidates: %v", dir, err)
	}
	for _, c := range state.Candidates {
		if !r.Has(c.Step) {
			t.Errorf("%s: the checkpoint of the candidate of step %d is missing", dir, c.Step)
		}
	}
	return state.Candidates
}

// metrics returns the lines of metrics without their times.
func metrics(t *testing.T, dir string) []run.Metric {
	t.Helper()
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i].Seconds = 0
	}
	return lines
}

func TestTornCheckpointIsSkippedAndTheRunIsTheSame(t *testing.T) {
	s := prepare(t)
	whole := filepath.Join(t.TempDir(), "run")
	want := s.train(t, whole, 2)
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(2)
	_, err := train.Run(t.Context(), s.config(dir, &faulty{Fleet: fleet, left: 17,
		fail: func() error { return errKilled }}))
	fleet.Close()
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, "step-*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("checkpoints %v, %v", names, err)
	}
	if err := os.Truncate(filepath.Join(names[len(names)-1], "tensors.safetensors"), 1000); err != nil {
		t.Fatal(err)
	}
	skipped := 0
	fleet = s.fleet(2)
	defer fleet.Close()
	c := s.config(dir, fleet)
	c.Events = func(e train.Event) {
		if _, ok := e.(train.Skipped); ok {
			skipped++
		}
	}
	got, err := train.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if skipped != 1 {
		t.Errorf("%d checkpoints skipped, want 1", skipped)
	}
	sameRun(t, whole, dir, want, got)
}

func TestFinishedRunIsNotTrainedAgain(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	want := s.train(t, dir, 1)
	fleet := &faulty{Fleet: s.fleet(1), fail: func() error { return errKilled }}
	got, err := train.Run(t.Context(), s.config(dir, fleet))
	if err != nil || got.ModelSHA256 != want.ModelSHA256 {
		t.Errorf("resumed a finished run: %v, %v", got, err)
	}
	c := s.config(dir, fleet)
	c.Resume = false
	if _, err := train.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "finished run") {
		t.Errorf("error %v, want a refusal", err)
	}
}

func TestNotFiniteStops(t *testing.T) {
	nan := float32(math.NaN())
	harms := map[string]func(*gradient.Gradient){
		"loss of task": func(g *gradient.Gradient) {
			for i := range g.Loss {
				g.Loss[i].Sum = math.Inf(1)
			}
		},
		"gradient of task": func(g *gradient.Gradient) { g.Dense[0][1] = nan },
	}
	for want, harm := range harms {
		t.Run(want, func(t *testing.T) {
			s := prepare(t)
			fleet := s.fleet(1)
			defer fleet.Close()
			_, err := train.Run(t.Context(), s.config(filepath.Join(t.TempDir(), "run"),
				&faulty{Fleet: fleet, left: 7, harm: harm}))
			if err == nil || !strings.Contains(err.Error(), "step 8: the "+want) {
				t.Errorf("error %v, want step 8: the %s", err, want)
			}
		})
	}
}

// forgetful is a fleet whose scores on dev never change.
type forgetful struct {
	train.Fleet
	first []*model.SetScore
}

func (f *forgetful) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	if f.first == nil || w.Split != "dev" {
		scores, err := f.Fleet.Score(ctx, w)
		f.first = scores
		return scores, err
	}
	return f.first, nil
}

func TestPatienceEndsTheRunWithTheBest(t *testing.T) {
	s := prepare(t, "training.patience=2", "training.evaluate_every=3")
	fleet := s.fleet(1)
	defer fleet.Close()
	dir := filepath.Join(t.TempDir(), "run")
	got, err := train.Run(t.Context(), s.config(dir, &forgetful{Fleet: fleet}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Steps != 9 || got.Stopped != "patience" || got.Best.Step != 3 {
		t.Errorf("stopped by %s after %d steps, best %d; want patience, 9, 3", got.Stopped, got.Steps, got.Best.Step)
	}
	short := prepare(t, "training.steps=3", "training.evaluate_every=3", "training.schedule.kind=constant")
	long := prepare(t, "training.patience=2", "training.evaluate_every=3", "training.schedule.kind=constant")
	want := short.train(t, filepath.Join(t.TempDir(), "run"), 1)
	fleet2 := long.fleet(1)
	defer fleet2.Close()
	best, err := train.Run(t.Context(), long.config(filepath.Join(t.TempDir(), "run"), &forgetful{Fleet: fleet2}))
	if err != nil {
		t.Fatal(err)
	}
	if best.ModelSHA256 != want.ModelSHA256 {
		t.Error("the model is not that of the best step")
	}
}

// weighing is a fleet that compares the scales of a joint step with the normalisers in its losses.
type weighing struct {
	train.Fleet
	t *testing.T
	s small
}

func (f *weighing) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	roots, err := f.Fleet.Gradient(ctx, w)
	if err != nil {
		return nil, err
	}
	g := roots[0]
	for _, stream := range w.Step.Streams {
		for _, t := range stream.Tasks {
			task := f.s.Job.Tasks[t]
			got := float64(w.Scale[t]) * g.Loss[t].Weight
			if g.Loss[t].Weight > 0 && math.Abs(got-task.Weight) > 1e-5 {
				f.t.Errorf("step %d: task %s: scale times normaliser %v is %v, want its weight %v", w.Step.Step, task.Name,
					g.Loss[t].Weight, got, task.Weight)
			}
		}
	}
	return roots, nil
}

func TestJointStepsAreWeighedByTheLossesNormalisers(t *testing.T) {
	s := prepareJob(t, wideJob)
	fleet := s.fleet(2)
	defer fleet.Close()
	summary, err := train.Run(t.Context(), s.config(filepath.Join(t.TempDir(), "run"), &weighing{fleet, t, s}))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range s.Job.Tasks {
		if len(summary.Tasks[task.Name].Dev) == 0 {
			t.Errorf("task %s has no scores on dev", task.Name)
		}
	}
	if summary.Tasks["price"].Test != nil {
		t.Error("a task without a test split has scores on it")
	}
}
