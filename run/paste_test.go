package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source returns a directory with checkpoints of steps 10 to 40, the best of step 20, and metrics of one step
// more.
func source(t *testing.T) *Dir {
	t.Helper()
	d := open(t, filepath.Join(t.TempDir(), "source"), false)
	writeMetrics(t, d, 1, 41)
	for _, c := range []*Checkpoint{checkpointAt(10, 10), checkpointAt(20, 20), checkpointAt(30, 20),
		checkpointAt(40, 20)} {
		save(t, d, c)
	}
	return d
}

// writeMetrics writes lines of steps, with an evaluation after every tenth.
func writeMetrics(t *testing.T, d *Dir, from, to uint64) {
	t.Helper()
	m, err := d.OpenMetrics(from - 1)
	if err != nil {
		t.Fatal(err)
	}
	for step := from; step <= to; step++ {
		m.Write(&Metric{Kind: "step", Step: step, Loss: map[string]float64{"a": 1 / float64(step)}})
		if step%10 == 0 {
			m.Write(&Metric{Kind: "evaluation", Step: step, Split: "dev"})
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

// wantMetrics checks that the metrics have steps 1 to last once each, with their evaluations.
func wantMetrics(t *testing.T, d *Dir, first, last uint64) {
	t.Helper()
	lines, err := ReadMetrics(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range lines {
		got = append(got, fmt.Sprint(m.Kind, m.Step))
	}
	for step := first; step <= last; step++ {
		want = append(want, fmt.Sprint("step", step))
		if step%10 == 0 {
			want = append(want, fmt.Sprint("evaluation", step))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("metrics %v, want %v", got, want)
	}
}

func openCopy(t *testing.T, d *Dir, step uint64) *Copy {
	t.Helper()
	c, err := OpenCopy(d.Path, step)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// through returns a fetch function for a copy. change may alter the content.
func through(change func(f File, content []byte) []byte) func(File, io.Writer) error {
	return func(f File, w io.Writer) error {
		content, err := io.ReadAll(f.Reader())
		if err != nil {
			return err
		}
		if change != nil {
			content = change(f, content)
		}
		_, err = w.Write(content)
		return err
	}
}

const enough = 1 << 20

// A copy holds the checkpoint, its best checkpoint and the metrics up to its step. The checkpoint may be
// pruned after the copy was opened.
func TestPaste(t *testing.T) {
	from := source(t)
	c := openCopy(t, from, 40)
	if err := os.RemoveAll(filepath.Join(from.Path, CheckpointsDir)); err != nil {
		t.Fatal(err)
	}
	to := open(t, filepath.Join(t.TempDir(), "run"), false)
	writeMetrics(t, to, 1, 7)
	save(t, to, checkpointAt(5, 0))
	if err := to.Paste(40, c.Files, enough, through(nil)); err != nil {
		t.Fatal(err)
	}
	got, best, skipped := latest(t, to)
	if got == nil || got.Step != 40 || len(skipped) > 0 {
		t.Fatalf("found %v, skipped %v", got, skipped)
	}
	same(t, got, checkpointAt(40, 20))
	if HashParams(best) != HashParams(checkpointAt(20, 0).Params) {
		t.Error("another best")
	}
	wantMetrics(t, to, 1, 40)
	if n, err := to.Newest(); n != 40 || err != nil {
		t.Error("newest", n, err)
	}
	os.Truncate(filepath.Join(to.checkpoint(20), tensorsFile), 9)
	if n, err := to.Newest(); n != 5 || err != nil {
		t.Error("without its best one, newest", n, err)
	}
}

// After any change to a file of a copy nothing of the copy is published.
func TestPasteOfDamagedCopy(t *testing.T) {
	from := source(t)
	c := openCopy(t, from, 40)
	for i := range c.Files {
		for what, change := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
			"torn":    func(b []byte) []byte { return b[:len(b)/2] },
			"empty":   func([]byte) []byte { return nil },
		} {
			name := c.Files[i].Name
			if name == MetricsFile {
				continue // has no sum but the one that fetch compares
			}
			to := open(t, filepath.Join(t.TempDir(), "run"), false)
			writeMetrics(t, to, 1, 7)
			save(t, to, checkpointAt(5, 0))
			err := to.Paste(40, c.Files, enough, through(func(f File, b []byte) []byte {
				if f.Name == name {
					return change(b)
				}
				return b
			}))
			if err == nil {
				t.Errorf("%s %s was taken", what, name)
			}
			if steps, _ := to.Steps(); !slices.Equal(steps, []uint64{5}) {
				t.Errorf("%s %s: steps %v", what, name, steps)
			}
			wantMetrics(t, to, 1, 7)
			to.Close()
		}
	}
	to := open(t, filepath.Join(t.TempDir(), "run"), false)
	cut := errors.New("cut off")
	for n := range c.Files {
		left := n
		err := to.Paste(40, c.Files, enough, func(f File, w io.Writer) error {
			if left--; left < 0 {
				return cut
			}
			return through(nil)(f, w)
		})
		if !errors.Is(err, cut) {
			t.Error(err)
		}
	}
	if steps, _ := to.Steps(); len(steps) > 0 {
		t.Errorf("steps %v", steps)
	}
}

// Paste accepts only the files of a copy, each within its bounds, and fetches nothing before that check.
func TestPasteRefusesOtherFiles(t *testing.T) {
	good := openCopy(t, source(t), 40).Files
	to := open(t, filepath.Join(t.TempDir(), "run"), false)
	with := func(change func(f []File) []File) []File { return change(slices.Clone(good)) }
	name := func(n string) func([]File) []File {
		return func(f []File) []File { return append(f, File{Name: n}) }
	}
	for what, files := range map[string][]File{
		"nothing":      nil,
		"twice":        with(func(f []File) []File { return append(f, f[0]) }),
		"no metrics":   with(func(f []File) []File { return f[:len(f)-1] }),
		"large state":  with(func(f []File) []File { f[1].Size = MaxState + 1; return f }),
		"large tensor": with(func(f []File) []File { f[2].Size = enough + 1; return f }),
		"negative":     with(func(f []File) []File { f[2].Size = -1; return f }),
		"climbing":     with(name("checkpoints/step-000000040/../../../x")),
		"absolute":     with(name("/etc/passwd")),
		"strange":      with(name("checkpoints/step-000000040/x.json")),
		"journal":      with(name("journal.jsonl")),
		"later":        with(name("checkpoints/step-000000041/state.json")),
		"third":        with(name("checkpoints/step-000000030/state.json")),
		"other form":   with(name("checkpoints/step-20/state.json")),
	} {
		err := to.Paste(40, files, enough, func(File, io.Writer) error { t.Errorf("%s: fetched", what); return nil })
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Metrics that are ahead of their checkpoint would duplicate lines, missing ones would lose lines.
	for _, text := range []string{`{"kind":"step","step":41}` + "\n", "nonsense\n"} {
		err := to.Paste(40, good, enough, through(func(f File, b []byte) []byte {
			if f.Name == MetricsFile {
				return []byte(text)
			}
			return b
		}))
		if err == nil {
			t.Errorf("metrics %q were taken", text)
		}
	}
}

// Of long metrics the end is copied, starting with the first line of a step. Paste keeps the earlier lines of
// the directory and names the steps that are missing in both.
func TestTailOfMetrics(t *testing.T) {
	from := open(t, filepath.Join(t.TempDir(), "source"), false)
	writeMetrics(t, from, 1, 400)
	file := filepath.Join(from.Path, MetricsFile)
	whole, err := metricsUpTo(file, 100, 1<<20)
	if _, last, ok := spanOf(whole); err != nil || !ok || last != 100 || bytes.Count(whole, []byte("\n")) != 110 {
		t.Fatalf("%v: %d bytes to step %d", err, len(whole), last)
	}
	for limit := int64(0); limit < 3000; limit += 7 {
		text, err := metricsUpTo(file, 400, limit)
		if err != nil || int64(len(text)) > limit {
			t.Fatalf("%d bytes, limit %d, %v", len(text), limit, err)
		}
		if len(text) == 0 {
			continue
		}
		if first, last, ok := spanOf(text); !ok || last != 400 || !strings.HasPrefix(string(text), `{"kind":"step"`) {
			t.Fatalf("limit %d: from %d to %d, %.40s", limit, first, last, text)
		}
	}
	text, err := metricsUpTo(file, 400, 3000)
	first, _, _ := spanOf(text)
	if err != nil || first < 300 {
		t.Fatal(first, err)
	}
	to := open(t, filepath.Join(t.TempDir(), "run"), false)
	lacks, err := to.pasteMetrics(400, text)
	if want := fmt.Sprintf("lacks steps 1 to %d", first-1); err != nil || !strings.Contains(lacks, want) {
		t.Errorf("%q, %v; want %q", lacks, err, want)
	}
	wantMetrics(t, to, first, 400)
	os.Remove(filepath.Join(to.Path, MetricsFile))
	writeMetrics(t, to, 1, 399)
	if lacks, err := to.pasteMetrics(400, text); err != nil || lacks != "" {
		t.Errorf("%q, %v", lacks, err)
	}
	wantMetrics(t, to, 1, 400)
}

// A process that dies at any point of Paste leaves the old content or the copy, and never a checkpoint that
// is ahead of its metrics.
func TestCrashInPaste(t *testing.T) {
	c := openCopy(t, source(t), 40)
	to := open(t, filepath.Join(t.TempDir(), "run"), false)
	writeMetrics(t, to, 1, 5)
	save(t, to, checkpointAt(5, 0))
	images := t.TempDir()
	points := 0
	atPoint = func() {
		for _, torn := range []bool{false, true} {
			copyTree(t, to.Path, filepath.Join(images, fmt.Sprintf("%03d-%v", points, torn)), torn)
		}
		points++
	}
	defer func() { atPoint = func() {} }()
	if err := to.Paste(40, c.Files, enough, through(nil)); err != nil {
		t.Fatal(err)
	}
	atPoint = func() {}
	if points < 10 {
		t.Errorf("only %d points", points)
	}
	found := map[uint64]int{}
	entries, _ := os.ReadDir(images)
	for _, e := range entries {
		d := open(t, filepath.Join(images, e.Name()), true)
		got, _, skipped := latest(t, d)
		if got == nil || len(skipped) > 0 {
			t.Fatalf("%s: found %v, skipped %v", e.Name(), got, skipped)
		}
		found[got.Step]++
		m, err := d.OpenMetrics(got.Step)
		if err != nil {
			t.Fatal(err)
		}
		m.Close()
		wantMetrics(t, d, 1, got.Step)
		d.Close()
	}
	if found[5] == 0 || found[20] == 0 || found[40] == 0 {
		t.Errorf("found %v: want some of 5, 20 and 40", found)
	}
}

// FuzzPasteNames gives any name to a file of a copy. Paste fetches no file with a name outside the copy.
func FuzzPasteNames(f *testing.F) {
	f.Add("checkpoints/step-000000040/state.json", int64(10))
	f.Add("checkpoints/step-000000040/../../x", int64(10))
	f.Add("metrics.jsonl", int64(-1))
	f.Fuzz(func(t *testing.T, name string, size int64) {
		p, err := sortParts(40, []File{{Name: name, Size: size}, {Name: "checkpoints/step-000000040/manifest.json"},
			{Name: MetricsFile}}, enough)
		if err != nil {
			return
		}
		for step, files := range p.checkpoints {
			for _, file := range files {
				dir, base := filepath.Split(file.Name)
				if dir != "checkpoints/"+checkpointName(step)+"/" ||
					!slices.Contains([]string{manifestFile, stateFile, tensorsFile}, base) || file.Size < 0 {
					t.Fatalf("%q", file.Name)
				}
			}
		}
	})
}
