package transport

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

var (
	jobA  = strings.Repeat("a", 64)
	jobB  = strings.Repeat("b", 64)
	blobC = strings.Repeat("c", 64)
)

// records opens the records of a fleet whose lease is taken.
func records(t *testing.T, c *Conn) *Records {
	t.Helper()
	if _, err := c.Acquire(t.Context(), protocol.DefaultFleet, "me", 0, Keeping{Memory: true}); err != nil {
		t.Fatal(err)
	}
	r, err := c.OpenRecords(t.Context(), protocol.DefaultFleet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func copied(step uint64) func(*protocol.Record) {
	return func(r *protocol.Record) { r.Data = jobB; r.Add(protocol.Copy{Step: step, Manifest: blobC}, 2) }
}

func TestRecords(t *testing.T) {
	r := records(t, connect(t, listen(t, TestOptions{})))
	if got, err := r.Get(t.Context(), jobA); got != nil || err != nil {
		t.Fatal(got, err)
	}
	for _, step := range []uint64{10, 20, 30} {
		if _, err := r.Change(t.Context(), jobA, 3, copied(step)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.Get(t.Context(), jobA)
	if err != nil || got.Term != 3 || len(got.Copies) != 2 || got.Copies[0].Step != 30 {
		t.Fatal(got, err)
	}
	if other, err := r.Get(t.Context(), jobB); other != nil || err != nil {
		t.Error("another job has this one's record:", other, err)
	}
}

// A frozen leader that has lost its term cannot change a record, even if it retries.
func TestOldTermCannotOverwrite(t *testing.T) {
	r := records(t, connect(t, listen(t, TestOptions{})))
	if _, err := r.Change(t.Context(), jobA, 5, copied(10)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Change(t.Context(), jobA, 4, copied(90)); !errors.Is(err, ErrOlderTerm) {
		t.Fatal(err)
	}
	// The new leader writes between the old leader's read and write.
	old := func(rec *protocol.Record) {
		copied(90)(rec)
		if _, err := r.Change(t.Context(), jobA, 6, copied(20)); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Change(t.Context(), jobA, 5, old); !errors.Is(err, ErrOlderTerm) {
		t.Fatal(err)
	}
	// The same for the first write of a record.
	old = func(rec *protocol.Record) {
		copied(90)(rec)
		if _, err := r.Change(t.Context(), jobB, 2, copied(20)); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Change(t.Context(), jobB, 1, old); !errors.Is(err, ErrOlderTerm) {
		t.Fatal(err)
	}
	for job, term := range map[string]uint64{jobA: 6, jobB: 2} {
		if got, err := r.Get(t.Context(), job); err != nil || got.Term != term || got.Copies[0].Step != 20 {
			t.Error(got, err)
		}
	}
}

func TestConcurrentChanges(t *testing.T) {
	r := records(t, connect(t, listen(t, TestOptions{})))
	var all sync.WaitGroup
	for term := uint64(1); term <= 8; term++ {
		all.Go(func() {
			if _, err := r.Change(t.Context(), jobA, term, copied(term)); err != nil && !errors.Is(err, ErrOlderTerm) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := r.Get(t.Context(), jobA); err != nil || got.Term != 8 || got.Copies[0].Step != 8 {
		t.Error(got, err)
	}
}

// An unreadable record is an error for Get, and Change replaces it.
func TestUnreadableRecord(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	r := records(t, c)
	kv, err := c.js.KeyValue(t.Context(), protocol.DefaultFleet.LeaseBucket()+"_term")
	if err != nil {
		t.Fatal(err)
	}
	other := &protocol.Record{Job: jobB, Data: jobB}
	for _, text := range [][]byte{[]byte("nonsense"), other.Text()} {
		if _, err := kv.Put(t.Context(), recordKey(jobA), text); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Get(t.Context(), jobA); got != nil || err == nil {
			t.Error(got, err)
		}
		if _, err := r.Change(t.Context(), jobA, 1, copied(10)); err != nil {
			t.Error(err)
		}
	}
	// Change also replaces a deleted record.
	if err := kv.Delete(t.Context(), recordKey(jobA)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Change(t.Context(), jobA, 1, copied(10)); err != nil {
		t.Error(err)
	}
}

// A namespace has its own blobs: KeepOnly deletes nothing of another namespace or of jobs.
func TestNamespaces(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	s, err := c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	parts := []*Store{s, s.Namespace("one"), s.Namespace("two")}
	blob := bytes.Repeat([]byte("braid"), 300_000)
	for _, p := range parts {
		for _, b := range [][]byte{blob, []byte("small"), {}} {
			if _, err := p.Put(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.KeepOnly(t.Context(), nil); err == nil {
		t.Fatal("KeepOnly accepts the data of jobs")
	}
	if err := parts[1].KeepOnly(t.Context(), map[string]bool{Hash([]byte("small")): true}); err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		if _, err := p.Get(t.Context(), Hash([]byte("small")), 5); err != nil {
			t.Errorf("namespace %d: %v", i, err)
		}
		got, err := p.Get(t.Context(), Hash(blob), int64(len(blob)))
		switch {
		case i == 1 && (err == nil || !Damaged(err)):
			t.Errorf("a deleted blob: %v", err)
		case i != 1 && (err != nil || !bytes.Equal(got, blob)):
			t.Errorf("namespace %d: %v", i, err)
		}
	}
	// Deleted blobs leave no markers; otherwise markers would accumulate.
	all, err := s.bucket.List(t.Context(), jetstream.ListObjectsShowDeleted())
	if err != nil || len(all) != 7 {
		t.Errorf("%d names are left, %v; want 7", len(all), err)
	}
	if err := parts[1].KeepOnly(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// A blob with another hash than its name is not stored, and an altered blob is reported as damaged.
func TestAlteredBlob(t *testing.T) {
	c := connect(t, listen(t, TestOptions{}))
	s, err := c.MakeStore(t.Context(), protocol.DefaultFleet, Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	good := []byte("good")
	if err := s.PutFrom(t.Context(), Hash(good), 4, strings.NewReader("evil")); err == nil {
		t.Error("a blob was stored under another's hash")
	}
	if _, err := s.Get(t.Context(), Hash(good), 4); !Damaged(err) {
		t.Error(err)
	}
	if _, err := s.bucket.PutBytes(context.Background(), Hash(good), []byte("evil")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), Hash(good), 4); !Damaged(err) {
		t.Error(err)
	}
	// A second Put repairs the blob.
	if _, err := s.Put(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), Hash(good), 4); err != nil || string(got) != "good" {
		t.Error(string(got), err)
	}
}
