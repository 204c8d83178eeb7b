package train

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"braid/job"
	"braid/run"
)

// The journal has at most one entry per five seconds about waits, and one at the end of a wait. A fleet that
// waits briefly in each step does not fill the disk.
func TestWaitsAreNotedNowAndThen(t *testing.T) {
	j, err := job.Load("../cmd/braid/testdata/tiny/tiny.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := run.Open(filepath.Join(t.TempDir(), "run"), j, false)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	said := 0
	synctest.Test(t, func(t *testing.T) {
		w := newWaits(func(Event) { said++ }, dir.Journal)
		w.begin(11)
		for range 12 {
			time.Sleep(time.Second)
			w.note("waiting for w1")
		}
		w.end(12)
		w.end(12)
		for step := uint64(12); step < 30; step++ { // short waits, one a step
			w.begin(step)
			time.Sleep(250 * time.Millisecond)
			w.note("waiting for w2")
			w.end(step + 1)
		}
	})
	if said != 12+18 {
		t.Errorf("%d events, want 30", said)
	}
	entries, err := run.ReadJournal(dir.Path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Event)
	}
	want := []string{"waiting", "waiting", "waiting", "waited", "waiting", "waited"}
	if len(got) != len(want) {
		t.Fatalf("journal %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("journal %v, want %v", got, want)
		}
	}
	first, over := entries[0], entries[3]
	if since, err := time.Parse(time.RFC3339Nano, first.Fields[run.FieldSince].(string)); err != nil ||
		first.Time.Sub(since) != time.Second {
		t.Errorf("first wait since %v (%v), noted %v: want a second before", since, err, first.Time)
	}
	if over.Step != 12 || over.Fields[run.FieldSeconds] != 12.0 {
		t.Errorf("end of the wait %+v, want step 12 after 12 s", over)
	}
}
