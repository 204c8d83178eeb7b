package run

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// full replaces the directory of checkpoints by a file, so that no checkpoint can be written. The returned
// function restores the directory.
func full(t *testing.T, dir string) (restore func()) {
	t.Helper()
	path := filepath.Join(dir, CheckpointsDir)
	if err := os.Rename(path, path+".aside"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := errors.Join(os.Remove(path), os.Rename(path+".aside", path)); err != nil {
			t.Fatal(err)
		}
	}
}

// A checkpoint that cannot be written is not an error until five in a row have failed. A checkpoint that is
// written resets the count.
func TestWriterTriesAgain(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	var rows []int
	w := NewWriter(d, 2, 0, nil, func(a Attempt) { rows = append(rows, a.InARow) })
	w.retryEvery = 0
	write := func(step uint64) error {
		err := w.Write(checkpointAt(step, 0))
		w.Wait()
		return err
	}
	restore := full(t, d.Path)
	for step := uint64(1); step <= 4; step++ {
		if err := write(step); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
	restore()
	if err := write(5); err != nil || w.Saved() != 5 {
		t.Fatalf("%v, saved %d", err, w.Saved())
	}
	defer full(t, d.Path)()
	for step := uint64(6); step <= 10; step++ {
		if err := write(step); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
	if err := write(11); err == nil {
		t.Error("no error after five failures in a row")
	}
	if want := []int{1, 2, 3, 4, 0, 1, 2, 3, 4, 5}; !slices.Equal(rows, want) {
		t.Errorf("attempts %v, want %v", rows, want)
	}
}

// If the checkpoint of the best step could not be written, it is written before the first checkpoint that
// refers to it.
func TestWriterKeepsTheBest(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	w := NewWriter(d, 1, 0, nil, nil)
	restore := full(t, d.Path)
	// the second and third within retryEvery
	for _, c := range []*Checkpoint{checkpointAt(10, 10), checkpointAt(20, 20), checkpointAt(30, 20)} {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	w.Wait()
	restore()
	if err := w.WriteNow(checkpointAt(40, 20)); err != nil {
		t.Fatal(err)
	}
	got, best, skipped := latest(t, d)
	if got == nil || got.Step != 40 || len(skipped) > 0 {
		t.Fatalf("found %v, skipped %v", got, skipped)
	}
	if HashParams(best) != HashParams(checkpointAt(20, 20).Params) {
		t.Error("the best parameters are others")
	}
}

// The last checkpoint of a run is tried twice before its failure is an error.
func TestWriteNow(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	attempts := 0
	w := NewWriter(d, 2, 0, nil, func(Attempt) { attempts++ })
	restore := full(t, d.Path)
	if err := w.WriteNow(checkpointAt(7, 0)); err == nil || attempts != 2 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
	restore()
	if err := w.WriteNow(checkpointAt(7, 0)); err != nil || attempts != 3 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

// device accepts a number of bytes.
type device struct {
	bytes.Buffer
	room int
}

func (d *device) Write(b []byte) (int, error) {
	n := min(len(b), d.room)
	d.room -= n
	d.Buffer.Write(b[:n])
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func (d *device) Close() error { return nil }

// Lines that a full disk does not accept are kept and written when it has room. No line is torn, lost or
// duplicated.
func TestMetricsOutliveAFullDisk(t *testing.T) {
	d := &device{room: 100}
	m := newMetrics(d, func() error { return nil })
	want := 0
	for step := range 2000 {
		if step == 1500 {
			if err := m.Sync(); err == nil {
				t.Error("Sync says that the lines are on the disk")
			}
			d.room = 1 << 30
		}
		if err := m.Write(&Metric{Kind: "step", Step: uint64(step)}); err != nil {
			t.Fatal(err)
		}
		want++
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(d.Bytes(), []byte("\n"))
	if len(lines) != want+1 || len(lines[want]) != 0 || !bytes.Contains(lines[0], []byte(`"step":0`)) ||
		!bytes.Contains(lines[want-1], []byte(`"step":1999`)) {
		t.Errorf("%d lines, want %d", len(lines)-1, want)
	}
}
