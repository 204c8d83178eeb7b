package train_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

// work returns the order for the gradient of a step with initial parameters.
func (s small) work(step uint64) train.Work {
	scale := make([]float32, len(s.Job.Tasks))
	for t := range scale {
		scale[t] = 1
	}
	return train.Work{Step: s.Plan.At(step), Scale: scale, Params: s.Arch.Start(), Changed: train.Changed{All: true}}
}

// A call that failed leaves a local fleet usable, and its gradients are the same as before.
func TestLocalFleetAfterAnError(t *testing.T) {
	s := prepareJob(t, wideJob)
	fleet := s.Local(0)
	defer fleet.Close()
	if fleet.Workers() != 1 {
		t.Errorf("%d workers, want 1", fleet.Workers())
	}
	w := s.work(0)
	checksum := func(ctx context.Context) (uint32, error) {
		roots, err := fleet.Gradient(ctx, w)
		if err != nil {
			return 0, err
		}
		return roots[0].Checksum(), nil
	}
	want, err := checksum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checksum(cancelled); err == nil {
		t.Error("no error of a cancelled call")
	}
	if _, err := fleet.Score(cancelled, train.ScoreWork{Split: job.Dev, Params: w.Params,
		Changed: w.Changed}); err == nil {
		t.Error("no error of a cancelled scoring")
	}
	for range 3 {
		if got, err := checksum(t.Context()); got != want || err != nil {
			t.Errorf("checksum %08x (%v), want %08x", got, err, want)
		}
	}
}

// The scores of a data set are the sum over its chunks, each counted once.
func TestSumScores(t *testing.T) {
	s := prepareJob(t, wideJob)
	engine := model.NewEngine(s.Arch, 1)
	engine.Pack(s.Arch.Start(), nil)
	chunks := model.ExampleBlocks(s.Data.Sets, job.Dev, 7)
	if len(chunks) < 6 {
		t.Fatalf("%d chunks", len(chunks))
	}
	score := func() []*model.SetScore {
		scores, err := engine.Scores(t.Context(), s.Data.Sets, chunks, false)
		if err != nil {
			t.Fatal(err)
		}
		return scores
	}
	want := make([]*model.SetScore, 2)
	for i, one := range score() {
		set := chunks[i].Set
		if want[set] == nil {
			want[set] = s.Arch.NewSetScore(set, false)
		}
		want[set].Add(one)
	}
	for set, got := range train.SumScores(2, chunks, score()) {
		if diff := cmp.Diff(want[set].AppendBinary(nil), got.AppendBinary(nil)); diff != "" {
			t.Errorf("data set %d:\n%s", set, diff)
		}
	}
}

func TestChangedAny(t *testing.T) {
	for _, c := range []struct {
		changed train.Changed
		want    bool
	}{
		{train.Changed{}, false}, {train.Changed{All: true}, true},
		{train.Changed{Groups: []bool{false, true}, Rows: make([][]uint32, 2)}, true},
		{train.Changed{Groups: []bool{false, false}, Rows: [][]uint32{nil, {3}}}, true},
		{train.Changed{Groups: []bool{false, false}, Rows: [][]uint32{nil, {}}}, false},
	} {
		if got := c.changed.Any(); got != c.want {
			t.Errorf("%+v: %v", c.changed, got)
		}
	}
}

// changing is a fleet that records whether its calls name all parameters as changed.
type changing struct {
	train.Fleet
	all []bool
}

func (f *changing) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	f.all = append(f.all, w.Changed.All)
	return f.Fleet.Gradient(ctx, w)
}

func (f *changing) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	f.all = append(f.all, w.Changed.All)
	return f.Fleet.Score(ctx, w)
}

// Only the first call, and the first after the best parameters were restored, name all parameters as changed.
func TestChangesAreAcknowledged(t *testing.T) {
	s := prepare(t, "training.evaluate_every=8", "training.schedule.kind=constant")
	inner := s.fleet(1)
	defer inner.Close()
	f := &changing{Fleet: inner}
	if _, err := train.Run(t.Context(), s.config(filepath.Join(t.TempDir(), "run"), f)); err != nil {
		t.Fatal(err)
	}
	want := make([]bool, 24+3+2) // steps, evaluations, scoring at the end
	want[0], want[24+3] = true, true
	if !slices.Equal(f.all, want) {
		t.Errorf("all parameters are named in calls %v, want %v", f.all, want)
	}
}

// waiting is a fleet that waits in one call.
type waiting struct {
	train.Fleet
	step  uint64 // steps done before the call
	split job.Split
}

func (f *waiting) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	if f.split == "" && w.Step.Step == f.step {
		w.Waiting("for w1")
	}
	return f.Fleet.Gradient(ctx, w)
}

func (f *waiting) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	if f.split == w.Split && w.Step == f.step {
		w.Waiting("for w1")
	}
	return f.Fleet.Score(ctx, w)
}

// The journal has the step before a wait and the step after it.
func TestWaitsHaveTheirSteps(t *testing.T) {
	for _, c := range []waiting{{step: 7}, {step: 6, split: job.Dev}, {step: 24, split: job.Test}} {
		s := prepare(t)
		inner := s.fleet(1)
		c.Fleet = inner
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := train.Run(t.Context(), s.config(dir, &c)); err != nil {
			t.Fatal(err)
		}
		inner.Close()
		entries, err := run.ReadJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		after := c.step
		if c.split == "" {
			after++
		}
		var steps []uint64
		for _, e := range entries {
			if e.Event == run.EventWaiting || e.Event == run.EventWaited {
				steps = append(steps, e.Step)
			}
		}
		if !slices.Equal(steps, []uint64{c.step, after}) {
			t.Errorf("split %q, step %d: entries of steps %v", c.split, c.step, steps)
		}
	}
}
