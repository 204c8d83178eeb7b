package run

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"braid/nn"
	"braid/nn/optim"
)

// checkpointAt returns a checkpoint whose numbers are derived from its step.
func checkpointAt(step, best uint64) *Checkpoint {
	dense := nn.NewGroup("encoder", []nn.Spec{{Name: "w", Shape: []int{2, 3}}, {Name: "b", Shape: []int{3}}})
	table := nn.NewTable("word", nn.Spec{Name: "weight", Shape: []int{4, 2}})
	ps := &nn.ParamSet{Groups: []*nn.Group{dense, table}}
	o := optim.State{Steps: []uint64{step, step / 2}}
	for _, g := range ps.Groups {
		for i := range g.Data {
			g.Data[i] = float32(step) + float32(i)/16
		}
		o.Tensors = append(o.Tensors, optim.Tensor{Name: g.Name + ".m", Data: slices.Clone(g.Data)})
	}
	return &Checkpoint{State: State{Step: step, Best: Best{Step: best}}, Params: ps, Optimizer: o}
}

func save(t *testing.T, d *Dir, c *Checkpoint) {
	t.Helper()
	if err := d.Save(c); err != nil {
		t.Fatal(err)
	}
}

// latest loads the newest sound checkpoint. It returns its step and the steps that were skipped.
func latest(t *testing.T, d *Dir) (*Checkpoint, *nn.ParamSet, []uint64) {
	t.Helper()
	c, best, skipped := checkpointAt(0, 0), checkpointAt(0, 0), []uint64(nil)
	found, err := d.Latest(c, best, func(step uint64, why error) {
		if why == nil {
			t.Error("skipped for no reason")
		}
		skipped = append(skipped, step)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return nil, nil, skipped
	}
	return c, best.Params, skipped
}

func same(t *testing.T, got, want *Checkpoint) {
	t.Helper()
	if HashParams(got.Params) != HashParams(want.Params) {
		t.Error("parameters differ")
	}
	if !slices.Equal(got.Optimizer.Steps, want.Optimizer.Steps) {
		t.Errorf("optimizer steps %v, want %v", got.Optimizer.Steps, want.Optimizer.Steps)
	}
	for i, tensor := range got.Optimizer.Tensors {
		if !slices.Equal(tensor.Data, want.Optimizer.Tensors[i].Data) {
			t.Errorf("optimizer tensor %s differs", tensor.Name)
		}
	}
}

func TestCheckpointComesBack(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	want := checkpointAt(12, 12)
	want.Term, want.Waited, want.Evaluated, want.Tokens = 3, 2, 10, 99
	want.Best = Best{Step: 12, Score: 0.25, Tasks: map[string]TaskBest{"a": {8, 0.5}}}
	save(t, d, want)
	got, best, skipped := latest(t, d)
	if got == nil || len(skipped) > 0 {
		t.Fatalf("not found, skipped %v", skipped)
	}
	same(t, got, want)
	if HashParams(best) != HashParams(want.Params) {
		t.Error("best parameters differ")
	}
	if got.Term != 3 || got.Waited != 2 || got.Evaluated != 10 || got.Tokens != 99 ||
		got.Best.Tasks["a"] != (TaskBest{8, 0.5}) {
		t.Errorf("state %+v", got.State)
	}
}

// After any change to the files of a checkpoint it is skipped and the previous one is used.
func TestDamagedCheckpointIsSkipped(t *testing.T) {
	name := func(file string) string { return filepath.Join(CheckpointsDir, checkpointName(20), file) }
	flip := func(t *testing.T, path string, at func(n int) int) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[at(len(text))] ^= 4
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damages := map[string]func(t *testing.T, d *Dir){
		"no manifest":    func(t *testing.T, d *Dir) { os.Remove(d.file(name(manifestFile))) },
		"empty manifest": func(t *testing.T, d *Dir) { os.Truncate(d.file(name(manifestFile)), 0) },
		"no tensors":     func(t *testing.T, d *Dir) { os.Remove(d.file(name(tensorsFile))) },
		"short tensors":  func(t *testing.T, d *Dir) { os.Truncate(d.file(name(tensorsFile)), 100) },
		"flipped number": func(t *testing.T, d *Dir) { flip(t, d.file(name(tensorsFile)), func(n int) int { return n - 3 }) },
		"flipped header": func(t *testing.T, d *Dir) { flip(t, d.file(name(tensorsFile)), func(n int) int { return 12 }) },
		"flipped state":  func(t *testing.T, d *Dir) { flip(t, d.file(name(stateFile)), func(n int) int { return n / 2 }) },
		"empty directory": func(t *testing.T, d *Dir) {
			os.RemoveAll(d.file(name("")))
			os.Mkdir(d.file(name("")), 0o755)
		},
		"other step's": func(t *testing.T, d *Dir) {
			os.RemoveAll(d.checkpoint(20))
			if err := os.CopyFS(d.checkpoint(20), os.DirFS(d.checkpoint(10))); err != nil {
				t.Fatal(err)
			}
		},
	}
	for what, damage := range damages {
		t.Run(what, func(t *testing.T) {
			d := open(t, filepath.Join(t.TempDir(), "run"), false)
			save(t, d, checkpointAt(10, 0))
			save(t, d, checkpointAt(20, 0))
			damage(t, d)
			got, _, skipped := latest(t, d)
			if got == nil || got.Step != 10 || !slices.Equal(skipped, []uint64{20}) {
				t.Fatalf("found %v, skipped %v", got, skipped)
			}
			same(t, got, checkpointAt(10, 0))
		})
	}
}

func TestCheckpointWithoutItsBestIsSkipped(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	save(t, d, checkpointAt(10, 10))
	save(t, d, checkpointAt(20, 20))
	save(t, d, checkpointAt(30, 20))
	if err := os.Truncate(filepath.Join(d.checkpoint(20), tensorsFile), 9); err != nil {
		t.Fatal(err)
	}
	got, _, skipped := latest(t, d)
	if got == nil || got.Step != 10 || !slices.Equal(skipped, []uint64{30, 20}) {
		t.Fatalf("found %v, skipped %v", got, skipped)
	}
}

func TestPruneKeepsTheLastAndTheirBest(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	for _, c := range []*Checkpoint{checkpointAt(10, 10), checkpointAt(20, 20), checkpointAt(30, 20), checkpointAt(40, 20),
		checkpointAt(50, 20)} {
		save(t, d, c)
	}
	if err := d.Prune(2); err != nil {
		t.Fatal(err)
	}
	steps, err := d.Steps()
	if err != nil || !slices.Equal(steps, []uint64{20, 40, 50}) {
		t.Errorf("steps %v, %v; want 20 40 50", steps, err)
	}
}

// A save that fails halfway leaves the earlier checkpoints unchanged and no temporary files.
func TestFailedSaveChangesNothing(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	save(t, d, checkpointAt(10, 0))
	failed := errors.New("disk full")
	err := publish(d.checkpoint(10), func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, tensorsFile), []byte("half"), 0o644); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if got, _, skipped := latest(t, d); got == nil || got.Step != 10 || len(skipped) > 0 {
		t.Errorf("found %v, skipped %v", got, skipped)
	}
	entries, _ := os.ReadDir(d.file(CheckpointsDir))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// The next Open removes the temporary files of a killed process.
func TestOpenCleansUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path, false)
	save(t, d, checkpointAt(10, 0))
	half := filepath.Join(path, CheckpointsDir, ".step-000000020.tmp123")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	d.Close()
	d = open(t, path, true)
	if _, err := os.Stat(half); err == nil {
		t.Error("half a checkpoint was left")
	}
	if got, _, _ := latest(t, d); got == nil || got.Step != 10 {
		t.Errorf("found %v", got)
	}
}

func TestWriterWritesACopy(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	synced, written := 0, make(chan uint64, 8)
	w := NewWriter(d, 2, 0, func() error { synced++; return nil }, func(a Attempt) { written <- a.Step })
	c := checkpointAt(1, 0)
	want := map[uint64]string{}
	for step := uint64(1); step <= 5; step++ {
		c.Step = step
		c.Params.Groups[0].Data[0] = float32(step) * 7
		want[step] = HashParams(c.Params)
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
		c.Params.Groups[0].Data[0] = -1 // training continues
		if synced != int(step) {
			t.Error("metrics not synced before the write")
		}
	}
	w.Wait()
	for step := uint64(1); step <= 5; step++ {
		if got := <-written; got != step {
			t.Errorf("written %d, want %d", got, step)
		}
	}
	got, _, _ := latest(t, d)
	if got == nil || got.Step != 5 || HashParams(got.Params) != want[5] {
		t.Errorf("newest %v", got)
	}
	if steps, _ := d.Steps(); !slices.Equal(steps, []uint64{4, 5}) {
		t.Errorf("kept %v, want 4 5", steps)
	}
}

func FuzzReadTensors(f *testing.F) {
	c := checkpointAt(3, 0)
	var whole writeBuffer
	if err := writeTensors(&whole, c.Params, c.Optimizer); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(whole))
	f.Add([]byte(whole)[:40])
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		into := checkpointAt(0, 0)
		_ = readTensors(file, into.Params, into.Optimizer) // must not panic
	})
}

type writeBuffer []byte

func (b *writeBuffer) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }
