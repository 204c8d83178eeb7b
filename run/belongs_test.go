package run

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/data"
)

func digestNamed(sum string) data.Digest {
	return data.Digest{Parts: []data.Part{{Set: "d", Split: "train", File: "a.jsonl", Examples: 3, SHA256: sum}},
		Numbers: sum}
}

func checkpointNames(t *testing.T, d *Dir) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(d.Path, CheckpointsDir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A sound checkpoint of other data, or of another job of the same name, is an error. It is neither skipped
// nor removed.
func TestForeignCheckpointsAreAnError(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	for _, step := range []uint64{10, 20} {
		c := checkpointAt(step, 0)
		c.Data = digestNamed("was")
		save(t, d, c)
	}
	before := checkpointNames(t, d)
	never := func(step uint64, why error) { t.Errorf("step %d skipped: %v", step, why) }
	try := func(what, want string) {
		t.Helper()
		for name, got := range map[string]error{
			"Latest":  func() error { _, err := d.Latest(checkpointAt(0, 0), nil, never); return err }(),
			"Newest":  func() error { _, err := d.Newest(); return err }(),
			"Belongs": d.Belongs(),
		} {
			if got == nil || !IsForeign(got) || !strings.Contains(got.Error(), want) {
				t.Errorf("%s: %s says %v, want %q", what, name, got, want)
			}
		}
		if after := checkpointNames(t, d); !slices.Equal(after, before) {
			t.Errorf("%s: checkpoints %v, were %v", what, after, before)
		}
	}
	d.Reader = d.Expecting(digestNamed("was"))
	if step, err := d.Newest(); step != 20 || err != nil || d.Belongs() != nil {
		t.Fatalf("its own data: step %d, %v, %v", step, err, d.Belongs())
	}
	d.Reader = d.Expecting(digestNamed("now"))
	try("other data", "the data differ from those of this run: a.jsonl (the train split of d) has other words")
	d.Reader = d.Expecting(digestNamed("was"))
	d.hash = strings.Repeat("0", 64)
	try("another job", "gives another model for this job")
}

// Of the checkpoints after the one that a resume starts from, torn ones are removed and sound ones whose best
// checkpoint is lost stay on disk.
func TestClearAfterKeepsWhatIsSound(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	for _, c := range []*Checkpoint{checkpointAt(10, 0), checkpointAt(20, 0), checkpointAt(30, 20), checkpointAt(40, 0)} {
		save(t, d, c)
	}
	for _, name := range []string{checkpointName(20), checkpointName(40)} {
		path := filepath.Join(d.Path, CheckpointsDir, name, tensorsFile)
		if err := os.Truncate(path, 10); err != nil {
			t.Fatal(err)
		}
	}
	c, _, skipped := latest(t, d)
	if c.Step != 10 || !slices.Equal(skipped, []uint64{40, 30, 20}) {
		t.Fatalf("resumes at %d, skipped %v", c.Step, skipped)
	}
	for range 2 { // a second time finds the name taken
		if err := d.ClearAfter(10); err != nil {
			t.Fatal(err)
		}
		if steps, err := d.Steps(); err != nil || !slices.Equal(steps, []uint64{10}) {
			t.Errorf("left are the steps %v (%v)", steps, err)
		}
		save(t, d, checkpointAt(30, 20))
	}
	names := checkpointNames(t, d)
	if want := []string{checkpointName(10), checkpointName(30), checkpointName(30) + ".aside",
		checkpointName(30) + ".aside-2"}; !slices.Equal(names, want) {
		t.Errorf("left are %v, want %v", names, want)
	}
}

func TestOtherJobNamesItsKeys(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	j := parse(t, strings.NewReplacer("pooling: max", "pooling: max, weight: 3", "batch: 4", "batch: 16").Replace(jobText))
	err := Check(d.Path, j, true)
	want := ": holds a run of another job: tasks.a.weight was 1 and is now 3; training.batch was 4 and is now 16: " +
		"choose another directory"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// A finished run of a version with other rules is not accepted as a run of this version.
func TestFinishedUnderOtherRules(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	if err := d.WriteSummary(&Summary{JobHash: strings.Repeat("1", 64)}); err != nil {
		t.Fatal(err)
	}
	var rules *OtherRules
	if _, err := Examine(d.Path, parse(t, jobText)); !errors.As(err, &rules) {
		t.Errorf("got %v", err)
	}
}
