package run

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
)

const jobText = `name: small
data:
  d: {format: jsonl, train: t.jsonl}
encoder:
  word: {dim: 4}
  lstm: {hidden: 4}
tasks:
  - {name: a, kind: classification, data: d, field: a, pooling: max}
training: {batch: 4, shards: 2, steps: 10}
`

func parse(t *testing.T, text string) *job.Job {
	t.Helper()
	j, err := job.Parse("small.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func open(t *testing.T, path string, resume bool) *Dir {
	t.Helper()
	d, err := Open(path, parse(t, jobText), resume)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}

func TestOpenRefusesWhatIsNotItsOwn(t *testing.T) {
	mine := parse(t, jobText)
	other := parse(t, strings.Replace(jobText, "name: small", "name: large", 1))

	path := filepath.Join(t.TempDir(), "run")
	if err := Check(path, mine, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("Check made the directory")
	}
	d := open(t, path, false)
	_, err := Open(path, mine, true)
	refused(t, err, "is writing here")
	d.Close()

	_, err = Open(path, mine, false)
	refused(t, err, "add --resume")
	_, err = Open(path, other, true)
	refused(t, err, "another job")

	d = open(t, path, true)
	if err := d.WriteSummary(&Summary{Job: "small", JobHash: mine.Hash(), Steps: 3}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	_, err = Open(path, mine, false)
	refused(t, err, "finished run")
	if c, err := Examine(path, mine); c != Finished || err != nil {
		t.Errorf("condition %v, %v", c, err)
	}

	strange := t.TempDir()
	if err := os.WriteFile(filepath.Join(strange, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Open(strange, mine, true)
	refused(t, err, "holds other files")
}

// A process that is killed while it writes job.yaml leaves a directory that the next one can use.
func TestKilledBeforeItBegan(t *testing.T) {
	path := t.TempDir()
	left := filepath.Join(path, "."+JobFile+"123456")
	for _, name := range []string{filepath.Join(path, lockFile), left} {
		if err := os.WriteFile(name, []byte("name"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, path, false)
	d.Close()
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the temporary file is still there:", err)
	}
	if c, err := Examine(path, parse(t, jobText)); c != Unfinished || err != nil {
		t.Errorf("condition %v, %v", c, err)
	}
}

func TestMetricsAreCutAtTheStep(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"), false)
	write := func(from, to uint64, resumeAt uint64) {
		m, err := d.OpenMetrics(resumeAt)
		if err != nil {
			t.Fatal(err)
		}
		for step := from; step <= to; step++ {
			if err := m.Write(&Metric{Kind: "step", Step: step, Loss: map[string]float64{"a": 1}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(1, 9, 0)
	f, err := os.OpenFile(d.file(MetricsFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"kind":"step","st`) // the process died here
	f.Close()
	write(7, 10, 6)

	lines, err := ReadMetrics(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 10 {
		t.Errorf("%d lines, want 10", len(lines))
	}
	for i, line := range lines {
		if line.Step != uint64(i+1) {
			t.Errorf("line %d is of step %d", i+1, line.Step)
		}
	}
}

func TestJournalKeepsAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	for range 2 {
		d := open(t, path, true)
		if err := d.Journal.Note(Entry{Event: "started"}); err != nil {
			t.Fatal(err)
		}
		d.Close()
	}
	entries, err := ReadJournal(path)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries, %v; want 2", len(entries), err)
	}
}

// A line omits the numbers that JSON cannot represent, and nothing else.
func TestMetricsLeaveOutWhatIsNotFinite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	m, err := open(t, dir, false).OpenMetrics(0)
	if err != nil {
		t.Fatal(err)
	}
	loss := map[string]float64{"a": 1, "b": math.NaN(), "c": math.Inf(1), "d": 2}
	if err := errors.Join(m.Write(&Metric{Kind: "step", Step: 1, Loss: loss, GradNorm: math.Inf(-1)}),
		m.Close()); err != nil {
		t.Fatal(err)
	}
	lines, err := ReadMetrics(dir)
	if want := map[string]float64{"a": 1, "d": 2}; err != nil || len(lines) != 1 || !maps.Equal(lines[0].Loss, want) ||
		lines[0].GradNorm != 0 {
		t.Errorf("read %+v, %v; want losses %v", lines, err, want)
	}
	if len(loss) != 4 {
		t.Errorf("the caller's losses became %v", loss)
	}
}

// The name of a directory is not a glob pattern.
func TestCleanInADirectoryWithBrackets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a[b*")
	left := filepath.Join(path, ".model.tmp1")
	if err := os.MkdirAll(left, 0o755); err != nil {
		t.Fatal(err)
	}
	d := &Dir{Reader: Reader{Path: path}}
	if err := d.clean(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is left", left)
	}
}
