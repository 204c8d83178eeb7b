package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"

	"braid/cmd/internal/term"
)

// liar is a fleet whose gradient is wrong once, in one number.
type liar struct {
	train.Fleet
	at uint64 // from 1
}

func (f *liar) Gradient(ctx context.Context, w train.Work) (*gradient.Gradient, error) {
	g, err := f.Fleet.Gradient(ctx, w)
	if err == nil && w.Step.Step+1 == f.at {
		g.Dense[0][17] *= 2
	}
	return g, err
}

// A wrong gradient is found: the step, and that it was the gradient and not the update.
func TestDiffFindsAWrongGradient(t *testing.T) {
	j, err := job.Load("testdata/tiny/tiny.yaml", "cluster.keep=1000", "training.epochs=6")
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := data.Prepare(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, at := range map[string]uint64{"right": 0, "soon": 41, "late": 45} {
		f := &liar{train.Local(model.New(train.ModelSpec(j, p)), p.Sets, 1), at}
		if _, err := train.Run(t.Context(), train.Config{Job: j, Data: p, Fleet: f, Dir: filepath.Join(dir, name)}); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	diff := func(a, b string) (out, errs string) {
		t.Helper()
		file, err := os.Create(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var e bytes.Buffer
		code := execute(t.Context(), []string{"diff", filepath.Join(dir, a), filepath.Join(dir, b)}, streams{in: strings.NewReader(""), out: file, err: &e})
		if code != term.ExitFailed {
			t.Errorf("exit code %d", code)
		}
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text), e.String()
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s\nhas no %q", text, w)
			}
		}
	}
	for _, order := range [][2]string{{"right", "soon"}, {"soon", "right"}} {
		out, errs := diff(order[0], order[1])
		has(out, "step 41 is the first that differs: checksum, norm\n", "checkpoints of the same step: 3 equal, then that of step 60 differs in tensor param/encoder/lstm.", "its shards, as computed here")
		has(errs, "the recomputation agrees with "+filepath.Join(dir, "right")+" and not with "+filepath.Join(dir, "soon")+": the same parameters, and another gradient in "+filepath.Join(dir, "soon")+"\n")
	}
	_, errs := diff("right", "late")
	has(errs, "another gradient in "+filepath.Join(dir, "late")+", or an update after step 40 ")
	if _, err := run.Inspect(filepath.Join(dir, "late")); err != nil {
		t.Error(err)
	}
}

// Whatever lies in a file of figures, reading and comparing it comes back.
func FuzzFigures(f *testing.F) {
	f.Add([]byte(`{"step":1,"job_hash":"x","shards":[{"shard":0,"loss":{"a":1},"norm":{"a":2},"checksum":"0","tensors":[{"name":"w","checksum":"1"}]}]}`))
	f.Add([]byte(`{"step":1,"job_hash":"x","shards":[{}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "figures.json")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := readReplayed(path)
		if err != nil {
			return
		}
		if where := shardDifference(r.Shards, r.Shards); where != "" {
			t.Errorf("differs from itself: %s", where)
		}
		_ = shardDifference(r.Shards, nil)
	})
}
