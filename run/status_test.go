package run

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// at returns an entry of a journal n seconds after noon.
func at(second int, event, rest string) string {
	return fmt.Sprintf(`{"time":"2026-01-02T12:00:%02dZ","event":%q,%s}`, second, event, rest)
}

// The phase follows from the journal if no process holds the lock.
func TestPhases(t *testing.T) {
	start := at(0, "started", `"step":0,"fields":{"steps":10,"term":0,"job_dir":"/nowhere"}`)
	cases := map[string]struct {
		journal []string
		phase   Phase
		step    uint64
		message string
	}{
		"nothing":      {nil, PhaseDied, 0, ""},
		"started":      {[]string{start}, PhaseDied, 0, ""},
		"checkpointed": {[]string{start, at(1, "checkpointed", `"step":7`)}, PhaseDied, 7, ""},
		"stopped": {[]string{start, at(1, "stopped", `"step":7,"message":"interrupted"`)}, PhaseStopped, 7,
			"interrupted"},
		"stopped and resumed": {[]string{start, at(1, "stopped", `"step":7,"message":"interrupted"`),
			at(2, "resumed", `"step":5`)}, PhaseDied, 5, ""},
		"failed": {[]string{start, at(1, "failed", `"step":3,"message":"step 4: bad"`)}, PhaseFailed, 3,
			"step 4: bad"},
		"died while waiting": {[]string{start, at(1, "waiting",
			`"step":2,"message":"for w1","fields":{"since":"2026-01-02T12:00:00Z"}`)}, PhaseDied, 2, "for w1"},
		"died after waiting": {[]string{start, at(1, "waiting", `"step":2,"message":"for w1"`),
			at(2, "waited", `"step":3`)}, PhaseDied, 3, ""},
		"withdrawn": {[]string{start, at(1, "checkpointed", `"step":8`),
			at(2, "withdrawn", `"step":4,"message":"w2 lied"`)}, PhaseDied, 0, ""},
		"finished, no summary": {[]string{start, at(1, "finished", `"step":10`)}, PhaseDied, 10,
			"it finished, but summary.json is missing"},
		"strange fields": {[]string{at(0, "started", `"step":0,"fields":{"steps":"many","term":-3}`),
			at(1, "waiting", `"step":1,"fields":{"since":7}`)}, PhaseDied, 1, ""},
		"an unknown event": {[]string{start, at(1, "danced", `"step":1`)}, PhaseDied, 1, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := open(t, filepath.Join(t.TempDir(), "run"), false)
			d.Close()
			write(t, d.file(JournalFile), strings.Join(append(c.journal, ""), "\n"))
			s, err := Inspect(d.Path)
			if err != nil {
				t.Fatal(err)
			}
			if s.Phase != c.phase || s.Step != c.step || s.Message != c.message || len(s.Damage) > 0 {
				t.Errorf("%s at step %d, %q, damage %v; want %s, %d, %q", s.Phase, s.Step, s.Message, s.Damage, c.phase, c.step,
					c.message)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Inspect finds the holder of the lock and does not disturb it. Frequent calls do not prevent another process
// from acquiring the lock.
func TestInspectSeesTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path, false)
	if err := d.Journal.Note(Entry{Event: EventStarted}); err != nil {
		t.Fatal(err)
	}
	s, err := Inspect(path)
	if err != nil || s.Phase != PhaseRunning || s.PID != os.Getpid() {
		t.Errorf("%+v, %v; want it running in process %d", s, err, os.Getpid())
	}
	if err := d.Journal.Note(Entry{Event: EventWaiting, Message: "for w1",
		Fields: map[string]any{FieldSince: time.Now().Format(time.RFC3339)}}); err != nil {
		t.Fatal(err)
	}
	if s, err = Inspect(path); err != nil || s.Phase != PhaseWaiting || s.Message != "for w1" || s.Since.IsZero() {
		t.Errorf("%+v, %v; want it waiting", s, err)
	}
	d.Close()
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _, _ = holder(filepath.Join(path, lockFile))
			}
		}
	}()
	for range 50 {
		d, err := Open(path, parse(t, jobText), true)
		if err != nil {
			t.Error(err)
			break
		}
		d.Close()
	}
	close(stop)
	<-stopped
}

// Lines that cannot be read are named, and the lines around them are read.
func TestDamagedLinesAreNamed(t *testing.T) {
	dir := t.TempDir()
	good := at(1, "checkpointed", `"step":7`)
	write(t, filepath.Join(dir, JournalFile),
		strings.Join([]string{good, "{", `{"step":1}`, "", good, `{"time":"yesterday","event":"x"}`, good[:20]}, "\n"))
	entries, damage, err := ScanJournal(dir)
	if err != nil || len(entries) != 2 || !slices.Equal(damage.Lines, []int{2, 3, 4, 6}) || !damage.Torn {
		t.Errorf("%d entries, %v, %v", len(entries), damage, err)
	}
	if want := "4 lines cannot be read, the first is line 2; the last line is torn"; !strings.HasSuffix(damage.String(),
		want) {
		t.Errorf("%q, want %q", damage, want)
	}
	write(t, filepath.Join(dir, MetricsFile), strings.Repeat("x", maxLine+1)+"\n")
	if _, _, err := ScanMetrics(dir); err == nil || !strings.Contains(err.Error(), "is longer than") {
		t.Errorf("a line without end: %v", err)
	}
}

// A torn last line of a killed process does not damage the next line.
func TestJournalGoesOnAfterATornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d := open(t, path, false)
	d.Close()
	write(t, filepath.Join(path, JournalFile), at(1, "checkpointed", `"step":7`)[:30])
	d = open(t, path, true)
	if err := d.Journal.Note(Entry{Event: EventResumed}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	entries, damage, err := ScanJournal(path)
	if err != nil || len(entries) != 1 || entries[0].Event != EventResumed || !slices.Equal(damage.Lines, []int{1}) {
		t.Errorf("%v, %v, %v", entries, damage, err)
	}
}

// Inspect returns for any content of the files.
func FuzzInspect(f *testing.F) {
	f.Add(at(0, "started", `"step":0,"fields":{"steps":10}`)+"\n",
		`{"kind":"step","step":1,"tokens":3,"seconds":0.1}`+"\n", `{"steps":1}`)
	f.Add("{}\n\x00", "[1]\n", "")
	f.Fuzz(func(t *testing.T, journal, metrics, summary string) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, JobFile), jobText)
		write(t, filepath.Join(dir, JournalFile), journal)
		write(t, filepath.Join(dir, MetricsFile), metrics)
		write(t, filepath.Join(dir, SummaryFile), summary)
		if _, err := Inspect(dir); err != nil {
			t.Error(err)
		}
	})
}

// Differences names exactly the fields that differ.
func TestDifferences(t *testing.T) {
	base := func() *Metric {
		return &Metric{Kind: "step", Step: 3, Tasks: []string{"a"}, Loss: map[string]float64{"a": 1}, GradNorm: 2, Rate: 3,
			Tokens: 4, Seconds: 5, Checksum: "00000006"}
	}
	for want, change := range map[string]func(m *Metric){
		"":         func(m *Metric) { m.Seconds = 9 },
		"task":     func(m *Metric) { m.Tasks = []string{"b"} },
		"tokens":   func(m *Metric) { m.Tokens++ },
		"loss":     func(m *Metric) { m.Loss["a"] += 1e-16 * 4 },
		"checksum": func(m *Metric) { m.Checksum = "00000007" },
		"skipped":  func(m *Metric) { m.Skipped = true },
		"norm":     func(m *Metric) { m.GradNorm++ },
		"lr":       func(m *Metric) { m.Rate++ },
	} {
		m := base()
		change(m)
		if got := strings.Join(base().Differences(m), ","); got != want {
			t.Errorf("differ in %q, want %q", got, want)
		}
	}
	old := base()
	old.Checksum = "" // recorded before there were checksums
	if d := base().Differences(old); d != nil {
		t.Errorf("without a checksum: %v", d)
	}
}

// The status has data that NATS lost and checkpoints that could not be saved. A checkpoint that is written,
// or a resume, clears the latter.
func TestTroubleIsInTheStatus(t *testing.T) {
	start := at(0, "started", `"step":0,"fields":{"steps":10,"term":2}`)
	lost := at(1, "stored_again", `"step":0,"message":"NATS had lost the job and its data: stored again"`)
	unsaved := at(2, "checkpoint_failed", `"step":4,"message":"no space left on device","fields":{"in_a_row":1}`)
	for name, c := range map[string]struct {
		journal []string
		unsaved bool
	}{
		"failed":              {[]string{start, lost, unsaved}, true},
		"failed, then saved":  {[]string{start, lost, unsaved, at(3, "checkpointed", `"step":6`)}, false},
		"failed, and resumed": {[]string{start, lost, unsaved, at(3, "resumed", `"step":2`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, filepath.Join(t.TempDir(), "run"), false)
			d.Close()
			write(t, d.file(JournalFile), strings.Join(append(c.journal, ""), "\n"))
			s, err := Inspect(d.Path)
			if err != nil {
				t.Fatal(err)
			}
			if (s.Unsaved != nil) != c.unsaved || len(s.Notable) != 1 || s.Notable[0].Event != EventStored {
				t.Errorf("unsaved %v, notable %v", s.Unsaved, s.Notable)
			}
			if LastTerm(d.Path) != 2 {
				t.Errorf("last term %d", LastTerm(d.Path))
			}
		})
	}
}
