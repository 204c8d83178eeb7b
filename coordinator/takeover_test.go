package coordinator_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const cutAt = 199 // of 400 steps; the last checkpoint before it is of step 196

// early returns a job whose best step is well before the cut. So its final model is that of a
// checkpoint that the new leader does not compute.
func early(t *testing.T) (*job.Job, *run.Summary) {
	t.Helper()
	j := makeJob(t, longer, "training.optimizer.lr=0.05", "training.patience=0")
	want := local(t, j)
	if b := want.Best.Step; b == 0 || b > 100 || want.Steps != 400 {
		t.Fatalf("%d steps, best step %d: the job is unsuitable for the test", want.Steps, b)
	}
	return j, want
}

// record returns the fleet's record of a job.
func (c *cluster) record(j *job.Job) *protocol.Record {
	c.t.Helper()
	conn, err := transport.Connect(c.t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	records, err := conn.OpenRecords(c.t.Context(), protocol.DefaultFleet)
	if err != nil {
		return nil // no coordinator has led
	}
	r, err := records.Get(c.t.Context(), j.Hash())
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// waitCopies waits until the newest copy is of the step or a later one.
func (c *cluster) waitCopies(j *job.Job, step uint64) *protocol.Record {
	c.t.Helper()
	var r *protocol.Record
	await.Until(c.t, fmt.Sprint("a copy of step ", step), func() bool {
		r = c.record(j)
		return r != nil && len(r.Copies) > 0 && r.Copies[0].Step >= step
	})
	return r
}

// lost starts a leader that stops at cutAt, waits for the copies of its newest checkpoints, calls
// before, if not nil, and disconnects the leader, as if its host and disk were lost.
func (c *cluster) lost(j *job.Job, before func()) *protocol.Record {
	c.t.Helper()
	relay := c.still(j)
	if before != nil {
		before()
	}
	relay.cut()
	return c.record(j)
}

// still starts a leader behind a relay that stops at cutAt, and waits until its checkpoint of step 196
// has a copy.
func (c *cluster) still(j *job.Job) *relay {
	c.t.Helper()
	relay := newRelay(c.t, c.server.URL())
	reached, gone := make(chan struct{}), make(chan struct{})
	leader := c.lead(j, func(config *coordinator.Config) {
		config.Nats.URL = relay.url
		config.Events = func(e train.Event) {
			if s, ok := e.(train.Stepped); ok && s.Step == cutAt {
				close(reached)
				<-gone
			}
		}
	})
	c.t.Cleanup(func() { leader.cancel(); close(gone); <-leader.done })
	select {
	case <-reached:
	case <-leader.done:
		c.t.Fatal("the leader ended: ", leader.err)
	}
	c.waitCopies(j, 196)
	return relay
}

// watch records the steps at which training starts, the skipped checkpoints, and whether the
// coordinator stood by.
type watch struct {
	mu      sync.Mutex
	started []uint64
	skipped []uint64
	stood   bool
}

// standing reports whether the coordinator has stood by.
func (w *watch) standing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stood
}

func (w *watch) hear(e train.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := e.(type) {
	case train.Started:
		w.started = append(w.started, e.Step)
	case train.Skipped:
		w.skipped = append(w.skipped, e.Step)
	case train.Waiting:
		w.stood = w.stood || strings.HasPrefix(e.Cause, "standing by")
	}
}

// onceEach verifies that metrics.jsonl has every step and every evaluation once, in order.
func onceEach(t *testing.T, dir string, steps uint64, every uint64) {
	t.Helper()
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range lines {
		got = append(got, fmt.Sprint(m.Kind, m.Step))
	}
	for step := uint64(1); step <= steps; step++ {
		want = append(want, fmt.Sprint("step", step))
		if step%every == 0 {
			want = append(want, fmt.Sprint("evaluation", step))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("metrics.jsonl has %d lines, want %d: %.300v", len(got), len(want), got)
	}
}

// The leader's host is lost during the run. A standby with an empty disk continues from the copy of the
// newest checkpoint; so does a coordinator that is started later with --resume.
func TestStandbyOnAnotherDisk(t *testing.T) {
	j, want := early(t)
	for _, test := range []struct {
		name        string
		first       bool // the standby is started before the leader is lost
		resume, own bool
	}{
		{name: "stands by", first: true},
		{name: "starts later", resume: true},
		{name: "has an old checkpoint", resume: true, own: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // the tests mostly wait for the lease
			c := newCluster(t)
			c.work("w1")
			dir := filepath.Join(t.TempDir(), "run")
			if test.own {
				leaveCheckpoint(t, c, j, dir, 30)
			}
			var w watch
			var second *member
			follow := func() {
				second = c.lead(j, func(config *coordinator.Config) {
					config.Dir, config.Resume, config.Events = dir, test.resume, w.hear
				})
			}
			standby := func() {
				follow()
				await.Until(t, "the second coordinator stands by", w.standing)
			}
			var record *protocol.Record
			if test.first {
				record = c.lost(j, standby)
			} else {
				record = c.lost(j, nil)
				follow()
			}
			sameModel(t, second.wait(t), want)
			if len(w.started) != 1 || w.started[0] != record.Copies[0].Step || w.started[0] != 196 {
				t.Errorf("started at %v, want %d", w.started, record.Copies[0].Step)
			}
			onceEach(t, dir, want.Steps, 10)
			got, err := os.ReadFile(filepath.Join(dir, run.SummaryFile))
			if err != nil || !strings.Contains(string(got), want.ModelSHA256) {
				t.Errorf("%v: %.300s", err, got)
			}
			c.wantNoCopies(j)
			entries, err := run.ReadJournal(dir)
			fetched := func(e run.Entry) bool { return e.Event == run.EventFetched && e.Step == 196 }
			if err != nil || !slices.ContainsFunc(entries, fetched) {
				t.Errorf("%v: the journal does not record the fetched checkpoint: %v", err, entries)
			}
		})
	}
}

// leaveCheckpoint runs a job to a step and keeps its checkpoints on disk.
func leaveCheckpoint(t *testing.T, c *cluster, j *job.Job, dir string, step uint64) {
	t.Helper()
	change, reached := c.follow(step)
	m := c.lead(j, func(config *coordinator.Config) { change(config); config.Dir = dir })
	within(t, reached)
	m.cancel()
	<-m.done
}

// objects opens the fleet's store directly by nats.go.
func (c *cluster) objects() jetstream.ObjectStore {
	c.t.Helper()
	nc, err := nats.Connect(c.server.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		c.t.Fatal(err)
	}
	o, err := js.ObjectStore(c.t.Context(), protocol.DefaultFleet.Bucket())
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}

// stored lists the names of all blobs of the fleet's store.
func (c *cluster) stored() (names []string) {
	c.t.Helper()
	conn, err := transport.Connect(c.t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	store, err := conn.OpenStore(c.t.Context(), protocol.DefaultFleet)
	if err != nil {
		c.t.Fatal(err)
	}
	blobs, err := store.Blobs(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range blobs {
		names = append(names, b.Name)
	}
	return names
}

// copied lists the blobs of a job's copies.
func (c *cluster) copied(j *job.Job) []string {
	c.t.Helper()
	return slices.DeleteFunc(c.stored(), func(name string) bool { return !strings.HasPrefix(name, j.Hash()+"/") })
}

func (c *cluster) wantNoCopies(j *job.Job) {
	c.t.Helper()
	if names := c.copied(j); len(names) > 0 {
		c.t.Errorf("%d blobs of a finished job are left", len(names))
	}
}

// blob returns the name of the blob of a file of a copy's newest checkpoint.
func (c *cluster) blob(j *job.Job, copied protocol.Copy, name string) string {
	c.t.Helper()
	text, err := c.objects().GetBytes(c.t.Context(), j.Hash()+"/"+copied.Manifest)
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := protocol.ParseManifest(text)
	if err != nil {
		c.t.Fatal(err)
	}
	item, ok := m.Find(fmt.Sprintf("checkpoints/step-%09d/%s", copied.Step, name))
	if !ok {
		c.t.Fatalf("%s\nhas no %s", text, name)
	}
	return j.Hash() + "/" + item.Hash
}

// An altered or missing copy is skipped: the older copy is used, and if that is damaged too, the run
// starts over. The model is the same.
func TestDamagedCopy(t *testing.T) {
	j, want := early(t)
	alter := func(name string, change func([]byte) []byte) func(*cluster, protocol.Copy) {
		return func(c *cluster, copied protocol.Copy) {
			o, key := c.objects(), c.blob(j, copied, name)
			b, err := o.GetBytes(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.PutBytes(t.Context(), key, change(b)); err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 4; return b }
	for what, damage := range map[string]func(*cluster, protocol.Copy){
		"altered tensors": alter("tensors.safetensors", flip),
		"no manifest": func(c *cluster, copied protocol.Copy) {
			if err := c.objects().Delete(t.Context(), j.Hash()+"/"+copied.Manifest); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for damaged := 1; damaged <= 2; damaged++ {
			if damaged == 2 && what != "altered tensors" {
				continue
			}
			t.Run(fmt.Sprint(what, damaged), func(t *testing.T) {
				t.Parallel()
				c := newCluster(t)
				c.work("w1")
				record := c.lost(j, nil)
				if len(record.Copies) != 2 {
					t.Fatalf("copies %v", record.Copies)
				}
				var started, skipped []uint64
				for i, copied := range record.Copies {
					if i < damaged {
						damage(c, copied)
						skipped = append(skipped, copied.Step)
					}
				}
				if started = []uint64{0}; damaged == 1 {
					started[0] = record.Copies[1].Step
				}
				var w watch
				dir := filepath.Join(t.TempDir(), "run")
				second := c.lead(j, func(config *coordinator.Config) {
					config.Dir, config.Resume, config.Events = dir, true, w.hear
				})
				sameModel(t, second.wait(t), want)
				if !slices.Equal(w.started, started) || !slices.Equal(w.skipped, skipped) {
					t.Errorf("started at %v, want %v; skipped %v, want %v", w.started, started, w.skipped, skipped)
				}
				onceEach(t, dir, want.Steps, 10)
			})
		}
	}
}

// Only the newest two copies and their blobs are kept.
func TestOldCopiesGo(t *testing.T) {
	t.Parallel()
	j, _ := early(t)
	c := newCluster(t)
	c.work("w1")
	c.still(j)
	want := map[string]bool{}
	for _, copied := range c.record(j).Copies {
		text, err := c.objects().GetBytes(t.Context(), j.Hash()+"/"+copied.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		m, err := protocol.ParseManifest(text)
		if err != nil || len(m) != 7 {
			t.Fatalf("%v: %s\nwant two checkpoints of three files, and the metrics", err, text)
		}
		want[copied.Manifest] = true
		for _, item := range m {
			want[item.Hash] = true
		}
	}
	await.Until(t, fmt.Sprint("only the ", len(want), " blobs of the copies are left"),
		func() bool { return len(c.copied(j)) == len(want) })
}

// The run continues if copies cannot be made.
func TestNoRoomForCopies(t *testing.T) {
	t.Parallel()
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	c.work("w1")
	change, reached := c.follow(5)
	lead := c.lead(j, change)
	within(t, reached)
	nc, err := nats.Connect(c.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteObjectStore(t.Context(), protocol.DefaultFleet.Bucket()); err != nil {
		t.Fatal(err)
	}
	sameModel(t, lead.wait(t), want)
}

// A host with other data under the same names must not continue the run, as it would give another model
// under the hash of this job. The error names the file. The copies are kept for a host with the right data.
func TestOtherDataAreRefused(t *testing.T) {
	t.Parallel()
	j, want := early(t)
	c := newCluster(t)
	c.work("w1")
	c.lost(j, nil)
	other := makeJob(t, longer, "training.optimizer.lr=0.05", "training.patience=0")
	swapLines(t, filepath.Join(other.Dir, "train.jsonl"))
	if other.Hash() != j.Hash() {
		t.Fatal("another job")
	}
	refusedFor(t, c.lead(other, func(config *coordinator.Config) { config.Resume = true }),
		"train.jsonl (the train split of made) has other words, other labels or another order")
	var w watch
	last := c.lead(j, func(config *coordinator.Config) { config.Resume, config.Events = true, w.hear })
	sameModel(t, last.wait(t), want)
	if slices.Equal(w.started, []uint64{0}) {
		t.Error("the copies of the right data are lost")
	}
}

// --resume refuses a run directory whose data have changed, and leaves it unchanged.
func TestChangedDataAreRefusedInTheOwnDirectory(t *testing.T) {
	t.Parallel()
	j := makeJob(t)
	c := newCluster(t)
	c.work("w1")
	dir := filepath.Join(t.TempDir(), "run")
	in := func(config *coordinator.Config) { config.Dir, config.Resume = dir, true }
	want := c.lead(j, in).wait(t)
	swapLines(t, filepath.Join(j.Dir, "dev.jsonl"))
	refusedFor(t, c.lead(j, in),
		"dev.jsonl (the dev split of made) has other words, other labels or another order")
	swapLines(t, filepath.Join(j.Dir, "dev.jsonl"))
	sameModel(t, c.lead(j, in).wait(t), want)
}

// swapLines exchanges the first two lines of a file.
func swapLines(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfterN(string(text), "\n", 3)
	if err := os.WriteFile(file, []byte(lines[1]+lines[0]+lines[2]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// refusedFor waits for a coordinator that must end with an error.
func refusedFor(t *testing.T, m *member, want string) {
	t.Helper()
	select {
	case <-m.done:
	case <-time.After(60 * time.Second):
		t.Fatal("hangs")
	}
	if m.err == nil || !strings.Contains(m.err.Error(), want) {
		t.Errorf("%v, want %q", m.err, want)
	}
}

// ended waits for a coordinator that must end because another has finished the job.
func ended(t *testing.T, m *member, want *run.Summary) {
	t.Helper()
	select {
	case <-m.done:
	case <-time.After(60 * time.Second):
		t.Fatal("hangs")
	}
	var e *coordinator.Elsewhere
	if !errors.As(m.err, &e) || e.ModelSHA256 != want.ModelSHA256 || e.Where == "" ||
		!strings.Contains(e.Error(), want.ModelSHA256) {
		t.Errorf("%v, want that the job was finished elsewhere with %s", m.err, want.ModelSHA256)
	}
}

// A coordinator is started after the end of the job, with different settings.
func TestAfterTheEnd(t *testing.T) {
	j := makeJob(t)
	want := local(t, j)
	c := newCluster(t)
	dir := filepath.Join(t.TempDir(), "run")
	c.work("w1")
	sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Dir = dir }).wait(t), want)
	if r := c.record(j); r == nil || r.Model != want.ModelSHA256 || !strings.HasSuffix(r.Where, dir) {
		t.Fatalf("record %+v", r)
	}
	t.Run("resumes elsewhere", func(t *testing.T) {
		empty := filepath.Join(t.TempDir(), "run")
		ended(t, c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = empty, true }), want)
		if _, err := os.Stat(empty); err == nil {
			t.Error("a run directory was created")
		}
	})
	t.Run("resumes where it was finished", func(t *testing.T) {
		sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = dir, true }).wait(t), want)
	})
	t.Run("another job", func(t *testing.T) {
		other := makeJob(t, "seed=6")
		c.work("w2")
		got := c.lead(other, func(config *coordinator.Config) { config.Resume = true }).wait(t)
		sameModel(t, got, local(t, other))
		if got.ModelSHA256 == want.ModelSHA256 {
			t.Error("the same model")
		}
	})
	t.Run("without resume", func(t *testing.T) {
		again := filepath.Join(t.TempDir(), "run")
		change, reached := c.follow(12)
		first := c.lead(j, func(config *coordinator.Config) { change(config); config.Dir = again })
		c.work("w3")
		within(t, reached)
		first.cancel()
		<-first.done
		// The job counts as unfinished again, so the new run is resumed.
		second := c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = again, true })
		sameModel(t, second.wait(t), want)
		onceEach(t, again, want.Steps, 10)
	})
}

// A standby that is suspended at the end of the run acquires the lease afterwards and finds the job
// finished.
func TestStandbySleepsThroughTheEnd(t *testing.T) {
	t.Parallel()
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	worker := c.work("w1")
	reached, asleep := make(chan struct{}), make(chan struct{})
	first := c.lead(j, func(config *coordinator.Config) {
		config.Events = func(e train.Event) {
			if s, ok := e.(train.Stepped); ok && s.Step == 60 {
				close(reached)
				<-asleep
			}
		}
	})
	within(t, reached)
	relay := newRelay(t, c.server.URL())
	empty := filepath.Join(t.TempDir(), "run")
	var w watch
	standby := c.lead(j, func(config *coordinator.Config) {
		config.Nats.URL, config.Dir, config.Events = relay.url, empty, w.hear
	})
	await.Until(t, "the second coordinator stands by", w.standing)
	relay.sleep()
	close(asleep)
	sameModel(t, first.wait(t), want)
	worker.wait(t)
	relay.thaw()
	ended(t, standby, want)
}

// When a faulty worker is detected, training returns to a checkpoint before its answers. The newer copies
// must be deleted before the next step, as a standby would continue from them.
func TestWithdrawnCheckpointHasNoCopy(t *testing.T) {
	t.Parallel()
	j := makeJob(t, "training.steps=150", "training.patience=0",
		"cluster.audit=0.02", "cluster.min_workers=3", "cluster.checkpoint_every=3")
	want := local(t, j)
	c := newCluster(t)
	c.workAt(newLiar(t, c.server.URL(), func(frame []byte) []byte {
		return changed(t, frame, func(n *protocol.Node, number []byte) { number[2] ^= 0x10 })
	}), "liar")
	c.workFar("w2")
	c.workFar("w3")
	conn, err := transport.Connect(t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	newest := func() uint64 {
		records, err := conn.OpenRecords(t.Context(), protocol.DefaultFleet)
		if err != nil {
			t.Error(err)
			return 0
		}
		r, err := records.Get(t.Context(), j.Hash())
		if err != nil {
			t.Error(err)
		}
		if r == nil || len(r.Copies) == 0 {
			return 0
		}
		return r.Copies[0].Step
	}
	var before, withdrawn uint64
	lead := c.lead(j, func(config *coordinator.Config) {
		config.Events = func(e train.Event) {
			switch e := e.(type) {
			case train.Stepped:
				if withdrawn == 0 {
					before = newest()
				}
			case train.Withdrew:
				withdrawn++
				if after := newest(); after > e.Step || before <= e.Step {
					t.Errorf("back at step %d: the newest copy was of step %d and now is of step %d", e.Step, before, after)
				}
			}
		}
	})
	sameModel(t, lead.wait(t), want)
	if withdrawn == 0 {
		t.Error("nothing was withdrawn")
	}
}
