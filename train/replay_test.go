package train_test

import (
	"path/filepath"
	"testing"

	"braid/gradient"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

// A replay of each step, from the start and from each checkpoint, equals the record. Its last state equals
// the last checkpoint.
func TestReplayGivesWhatWasRecorded(t *testing.T) {
	for mode, m := range everyMode() {
		t.Run(mode, func(t *testing.T) {
			s := prepareJob(t, m.job, append(m.overrides, "cluster.keep=2")...)
			dir := filepath.Join(t.TempDir(), "run")
			want := s.train(t, dir, 2)
			lines := steps(metrics(t, dir))
			view := run.OpenReadOnly(dir, s.Job)
			kept, err := view.Steps()
			if err != nil || len(kept) < 2 {
				t.Fatalf("checkpoints %v, %v", kept, err)
			}
			for _, from := range append([]uint64{0}, kept[:len(kept)-1]...) {
				r := train.NewReplay(s.Setup, 3)
				if err := r.Rewind(view, from, func(step uint64, why error) {
					t.Errorf("checkpoint %d: %v", step,
						why)
				}); err != nil {
					t.Fatal(err)
				}
				if r.Step() != from {
					t.Fatalf("stands at %d, want %d", r.Step(), from)
				}
				for r.Step() < want.Steps {
					got, err := r.Next(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					got.Seconds = 0
					recorded := lines[r.Step()]
					if diff := cmp.Diff(recorded, got); diff != "" || recorded.Differences(&got) != nil {
						t.Fatalf("from %d, step %d (-recorded +replayed):\n%s", from, r.Step(), diff)
					}
				}
				end := &run.Checkpoint{Params: r.Checkpoint().Params.Clone(), Optimizer: r.Checkpoint().Optimizer.Clone()}
				if err := view.Load(want.Steps, end); err != nil {
					t.Fatal(err)
				}
				if run.HashParams(end.Params) != run.HashParams(r.Checkpoint().Params) {
					t.Errorf("from %d: the parameters at the end are others", from)
				}
				if diff := cmp.Diff(end.Methods, r.Checkpoint().Methods); diff != "" {
					t.Errorf("from %d: the state of the methods at the end is another:\n%s", from, diff)
				}
				if diff := cmp.Diff(end.Optimizer, r.Checkpoint().Optimizer); diff != "" {
					t.Errorf("from %d: the optimiser's state at the end is another", from)
				}
				if _, err := r.Next(t.Context()); err == nil {
					t.Error("a step after the last")
				}
			}
		})
	}
}

func steps(lines []run.Metric) map[uint64]run.Metric {
	by := map[uint64]run.Metric{}
	for _, m := range lines {
		if m.Kind == "step" {
			by[m.Step] = m
		}
	}
	return by
}

// The shards of a step add up to the gradient whose checksum was recorded. Computing them changes no state.
func TestReplayedShardsAddUp(t *testing.T) {
	s := prepareJob(t, wideJob)
	r := train.NewReplay(s.Setup, 2)
	tree, p := gradient.Tree{S: s.Job.Training.Shards}, gradient.ParsePrecision(s.Job.Training.Precision)
	for range 3 {
		sum, n := gradient.NewAggregator(tree, p, nil), 0
		err := r.Shards(t.Context(), func(shard int, g *gradient.Gradient) {
			var own gradient.Gradient
			if err := own.Decode(g.AppendBinary(nil, p), s.Arch.Shape(), p); err != nil {
				t.Fatal(err)
			}
			sum.Put(tree.Leaf(shard), &own)
			n++
		})
		if err != nil || n != tree.S {
			t.Fatalf("%d shards, %v", n, err)
		}
		root, ok := sum.Root()
		if !ok {
			t.Fatal("no root")
		}
		want := run.Hex(root.Checksum())
		line, err := r.Next(t.Context())
		if err != nil || line.Checksum != want {
			t.Errorf("step %d: checksum %s (%v), the shards' sum has %s", r.Step(), line.Checksum, err, want)
		}
	}
}

// Rewind restores the newest checkpoint that is not after the step.
func TestRewind(t *testing.T) {
	s := prepare(t, "cluster.checkpoint_every=1", "cluster.keep=100", "training.steps=5")
	dir := filepath.Join(t.TempDir(), "run")
	s.train(t, dir, 1)
	for _, step := range []uint64{0, 1, 2, 5, 9} {
		r := train.NewReplay(s.Setup, 1)
		skipped := func(step uint64, why error) { t.Errorf("checkpoint %d: %v", step, why) }
		if err := r.Rewind(run.OpenReadOnly(dir, s.Job), step, skipped); err != nil || r.Step() != min(step, 5) {
			t.Errorf("to step %d: at step %d (%v)", step, r.Step(), err)
		}
	}
}
