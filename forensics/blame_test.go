package forensics

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"braid/gradient"
	"braid/job"
	"braid/train"
)

// wrongOnce is a fleet that doubles one number of one gradient.
type wrongOnce struct {
	train.Fleet
	at uint64 // step, from 1; 0: never
}

func (f *wrongOnce) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	roots, err := f.Fleet.Gradient(ctx, w)
	if err == nil && w.Step.Step+1 == f.at {
		roots[0].Dense[0][17] *= 2
	}
	return roots, err
}

// trainTiny trains the tiny job with a wrong gradient at a step, and returns its directory.
func trainTiny(t *testing.T, at uint64) string {
	t.Helper()
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml", "cluster.keep=1000", "training.epochs=6")
	if err != nil {
		t.Fatal(err)
	}
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &wrongOnce{setup.Local(1), at}
	defer f.Close()
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := train.Run(t.Context(), train.Config{Setup: setup, Fleet: f, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string) *RecordedRun {
	t.Helper()
	r, err := Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func noneUnusable(t *testing.T) func(string, uint64, error) {
	return func(dir string, step uint64, err error) {
		t.Errorf("%s: checkpoint of step %d is unusable: %v", dir, step, err)
	}
}

// The step with a wrong gradient is found in either order of the runs, and distinguished from a wrong update.
func TestAWrongGradientIsFound(t *testing.T) {
	right, soon, late := trainTiny(t, 0), trainTiny(t, 41), trainTiny(t, 45)
	for _, order := range [][2]string{{right, soon}, {soon, right}} {
		c := Compare(open(t, order[0]), open(t, order[1]))
		compared, step := c.FirstStep()
		if compared != 41 || step != 41 || !c.SameJob {
			t.Fatalf("compared %d steps, the first that differs is %d, same job %v; want 41, 41, true", compared, step,
				c.SameJob)
		}
		if names := strings.Join(c.A.Steps[41].Differences(c.B.Steps[41]), ", "); names != "checksum, norm" {
			t.Errorf("step 41 differs in %s", names)
		}
		equal, at, change, err := c.FirstCheckpoint(noneUnusable(t))
		if err != nil || equal != 3 || at != 60 || change == nil || !strings.HasPrefix(change.Name, "param/encoder/lstm.") {
			t.Errorf("%d checkpoints are equal, that of step %d differs in %v, error %v", equal, at, change, err)
		}
		blame := c.BlameStep(t.Context(), step)
		want := "the replay agrees with " + right + " and not with " + soon +
			": equal parameters, but a different gradient in " + soon
		if blame.Verdict != want {
			t.Errorf("verdict %q, want %q", blame.Verdict, want)
		}
		if blame.ShardDifference != "" || blame.Explained || blame.A.From != 40 || len(blame.A.Shards) != 4 {
			t.Errorf("blame is %+v", blame)
		}
	}
	c := Compare(open(t, right), open(t, late))
	blame := c.BlameStep(t.Context(), 45)
	if !strings.HasSuffix(blame.Verdict,
		"a different gradient in "+late+", or a different update after step 40 (the nearest checkpoint; cluster.keep "+
			"keeps more)") {
		t.Errorf("verdict %q", blame.Verdict)
	}
}

// Equal runs differ nowhere, and a replay in equal runs agrees with both checkpoints.
func TestEqualRuns(t *testing.T) {
	a, b := trainTiny(t, 0), trainTiny(t, 0)
	c := Compare(open(t, a), open(t, b))
	if compared, step := c.FirstStep(); compared != len(c.A.Steps) || step != 0 {
		t.Errorf("compared %d of %d steps, step %d differs", compared, len(c.A.Steps), step)
	}
	if equal, _, change, err := c.FirstCheckpoint(noneUnusable(t)); err != nil || change != nil || equal < 5 {
		t.Errorf("%d checkpoints are equal, first difference %v, error %v", equal, change, err)
	}
	if at := c.FirstEvaluation(); at != 0 || len(c.A.Evaluations) == 0 {
		t.Errorf("evaluation at step %d differs, of %d", at, len(c.A.Evaluations))
	}
	blame, err := c.BlameCheckpoint(t.Context(), 40)
	if err != nil || len(blame.Agrees) != 2 {
		t.Errorf("blame %+v, error %v", blame, err)
	}
	for _, e := range c.B.Evaluations {
		e.Mean++
	}
	if at := c.FirstEvaluation(); at == 0 {
		t.Error("a different evaluation is not found")
	}
}
