package run

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A process that dies at any point of saving and pruning leaves a directory from which the newest checkpoint,
// or the one before it, can be loaded. Files that did not have their final names yet may be lost or torn, as
// after a power cut.
func TestCrashAtEveryPoint(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	images := t.TempDir()
	done, points := uint64(0), 0 // the last step whose Save has returned
	sound := map[string]uint64{}
	atPoint = func() {
		for _, torn := range []bool{false, true} {
			image := filepath.Join(images, fmt.Sprintf("%03d-%v", points, torn))
			copyTree(t, d.Path, image, torn)
			sound[image] = done
		}
		points++
	}
	defer func() { atPoint = func() {} }()

	for step := uint64(10); step <= 50; step += 10 {
		save(t, d, checkpointAt(step, 20*(step/20))) // bests at 20 and 40
		done = step
		if err := d.Prune(2); err != nil {
			t.Fatal(err)
		}
	}
	save(t, d, checkpointAt(50, 40)) // again
	atPoint = func() {}
	if points < 40 {
		t.Errorf("only %d points", points)
	}
	for image, done := range sound {
		d := open(t, image, true)
		got, _, _ := latest(t, d)
		switch {
		case got == nil && done == 0:
		case got == nil || got.Step+10 < done:
			t.Errorf("%s: after step %d came back %v", filepath.Base(image), done, got)
		default:
			same(t, got, checkpointAt(got.Step, 0))
		}
		left, _ := filepath.Glob(filepath.Join(image, CheckpointsDir, ".*"))
		if len(left) > 0 {
			t.Errorf("%s: left behind %v", filepath.Base(image), left)
		}
		d.Close()
	}
}

// copyTree copies a run directory as a crash leaves it. If torn is set, it truncates every file with a
// temporary name.
func copyTree(t *testing.T, from, to string, torn bool) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(from, path)
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if torn && strings.Contains(name, ".tmp") {
			content = content[:len(content)/2]
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
