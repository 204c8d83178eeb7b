package coordinator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
)

const (
	// keptCopies is how many checkpoints have a copy: if the newest is damaged, there is one.
	keptCopies = 2
	// copyFlush is how long a coordinator that stops waits for its last copy.
	copyFlush = 3 * time.Second
	// recordWait is how long the record of a job is waited for.
	recordWait = 5 * time.Second
)

// replica keeps copies of a run's newest checkpoints in the fleet's store, for a
// coordinator on another disk. It never holds the training up and never ends it: what
// fails is tried again with the next checkpoint. A nil replica keeps none.
type replica struct {
	leader *leader
	next   chan uint64 // the newest checkpoint's step
	done   chan struct{}
	cancel context.CancelFunc

	stopped sync.Once

	withdrawn chan withdrawal

	// What follows belongs to begin, then to the goroutine, then to finish and clear.
	conn      *transport.Conn
	store     *transport.Store // the job's part
	records   *transport.Records
	manifests map[string]protocol.Manifest // of the copies that are kept
	back      uint64                       // if goneBack: copies after this step are to leave the record
	goneBack  bool
}

// newReplica starts to keep copies. With the embedded server there are none: it ends with
// this process.
func newReplica(ctx context.Context, l *leader) *replica {
	if l.keeping.Memory {
		return nil
	}
	// Past an interruption, whose checkpoint is to be copied too, but not past the lease.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), train.ErrFenced) {
			cancel()
		}
	})
	r := &replica{leader: l, next: make(chan uint64, 1), done: make(chan struct{}), cancel: cancel, withdrawn: make(chan withdrawal), manifests: map[string]protocol.Manifest{}}
	go r.loop(own)
	return r
}

// event hears the training.
func (r *replica) event(e train.Event) {
	if r == nil {
		return
	}
	switch e := e.(type) {
	case train.Checkpointed:
		r.offer(e.Step)
	case train.Withdrew:
		r.withdraw(e.Step)
	}
}

// offer says that a checkpoint is on disk. It does not wait: a copy under way is finished,
// and of checkpoints offered meanwhile the newest is next.
func (r *replica) offer(step uint64) {
	select {
	case <-r.next:
	default:
	}
	r.next <- step // one goroutine offers, so there is room
}

// withdraw says that checkpoints after a step are not to be used: training has gone back.
// It waits until no record names one, for a while; what cannot be written now is written
// with the next copy. The checkpoint writer is idle.
func (r *replica) withdraw(step uint64) {
	select {
	case <-r.next:
	default:
	}
	gone := withdrawal{step, make(chan struct{})}
	select {
	case r.withdrawn <- gone:
		<-gone.done
	case <-r.done:
	}
}

type withdrawal struct {
	step uint64
	done chan struct{}
}

func (r *replica) loop(ctx context.Context) {
	defer close(r.done)
	for {
		select {
		case gone := <-r.withdrawn:
			r.forget(ctx, gone)
		case step, open := <-r.next:
			if !open || ctx.Err() != nil {
				return
			}
			if gone := r.one(ctx, step); gone.done != nil {
				r.forget(ctx, gone)
			}
		case <-ctx.Done():
			return
		}
	}
}

// one makes one copy. A withdrawal that comes meanwhile ends it, and is returned.
func (r *replica) one(ctx context.Context, step uint64) (gone withdrawal) {
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	begin, done := time.Now(), make(chan error, 1)
	var size int64
	go func() {
		var err error
		size, err = r.copy(own, step)
		done <- err
	}()
	var err error
	select {
	case gone = <-r.withdrawn:
		cancel()
		<-done
		return gone
	case err = <-done:
	}
	switch {
	case err == nil:
		r.leader.Log.Debug("the checkpoint has a copy", "step", step, "bytes", size, "took", time.Since(begin).Round(time.Millisecond))
	case ctx.Err() != nil:
	case errors.Is(err, fs.ErrNotExist):
		r.leader.Log.Debug("the checkpoint was pruned before it had a copy", "step", step, "error", err)
	default:
		r.leader.Log.Warn("the checkpoint has no copy for other hosts; the next one is tried", "step", step, "error", err)
	}
	return gone
}

// forget takes withdrawn copies out of the record.
func (r *replica) forget(ctx context.Context, gone withdrawal) {
	defer close(gone.done)
	r.back, r.goneBack = gone.step, true
	err := r.open(ctx)
	if err == nil {
		_, err = r.change(ctx, func(*protocol.Record) {})
	}
	if err != nil {
		r.leader.Log.Warn("withdrawn checkpoints are still named in the fleet's record", "after", gone.step, "error", err)
	}
}

// stop ends the copying; what is under way or offered has some time. Nothing may be offered
// any more.
func (r *replica) stop(limit time.Duration) {
	if r == nil {
		return
	}
	defer time.AfterFunc(limit, r.cancel).Stop()
	r.stopped.Do(func() { close(r.next) })
	<-r.done
}

// close stops and ends the connection.
func (r *replica) close() {
	if r == nil {
		return
	}
	r.stop(0)
	if r.conn != nil {
		r.conn.Close()
	}
}

// open connects, if that has not been done. The connection is its own: what is large would
// hold up what is urgent.
func (r *replica) open(ctx context.Context) (err error) {
	if r.conn == nil {
		c := r.leader.Nats
		c.Name, c.Wait, c.Log = "braid coordinator copies", 0, c.Log.Named("copies")
		if r.conn, err = transport.Connect(ctx, c); err != nil {
			r.conn = nil
			return err
		}
	}
	if r.store == nil {
		store, err := r.conn.OpenStore(ctx, r.leader.Fleet)
		if err != nil {
			return err
		}
		r.store = store.Namespace(r.leader.machine.Job)
	}
	if r.records == nil {
		r.records, err = r.conn.OpenRecords(ctx, r.leader.Fleet)
	}
	return err
}

// copy stores a checkpoint, then the record that names it, then removes what no record
// names: whoever reads a record at any time finds its blobs.
func (r *replica) copy(ctx context.Context, step uint64) (size int64, err error) {
	if err := r.open(ctx); err != nil {
		return 0, err
	}
	c, err := run.OpenCopy(r.leader.Dir, step)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var m protocol.Manifest
	for _, f := range c.Files {
		if err := r.put(ctx, f); err != nil {
			return 0, fmt.Errorf("%s: %w", f.Name, err)
		}
		m = append(m, protocol.Item{Name: f.Name, Hash: f.SHA256, Size: f.Size})
		size += f.Size
	}
	text := m.Text()
	if _, err := r.store.Put(ctx, text); err != nil {
		return 0, err
	}
	hash := transport.Hash(text)
	r.manifests[hash] = m
	record, err := r.change(ctx, func(now *protocol.Record) {
		now.Model, now.Where = "", ""
		now.Add(protocol.Copy{Step: step, Manifest: hash}, keptCopies)
	})
	if err != nil {
		return 0, err
	}
	return size, r.sweep(ctx, record)
}

func (r *replica) put(ctx context.Context, f run.File) error {
	ctx, cancel := context.WithTimeout(ctx, transport.Patience(f.Size))
	defer cancel()
	return r.store.PutFrom(ctx, f.SHA256, f.Size, f.Reader())
}

// change changes the record; first of all it drops what was withdrawn or made from other data.
func (r *replica) change(ctx context.Context, change func(*protocol.Record)) (*protocol.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	record, err := r.records.Change(ctx, r.leader.machine.Job, r.leader.machine.Term, func(now *protocol.Record) {
		now.Copies = slices.DeleteFunc(now.Copies, func(c protocol.Copy) bool {
			return now.Data != r.leader.dataHash || r.goneBack && c.Step > r.back
		})
		change(now)
		now.Data = r.leader.dataHash
	})
	r.goneBack = r.goneBack && err != nil
	return record, err
}

// sweep removes the blobs that no copy of the record needs.
func (r *replica) sweep(ctx context.Context, record *protocol.Record) error {
	ctx, cancel := context.WithTimeout(ctx, transport.Patience(0))
	defer cancel()
	keep, manifests := map[string]bool{}, map[string]protocol.Manifest{}
	for _, c := range record.Copies {
		m := r.manifests[c.Manifest]
		if m == nil {
			// Of a leader before. If it is damaged, so is the copy.
			var err error
			if m, err = readManifest(ctx, r.store, c.Manifest); err != nil && !transport.Damaged(err) {
				return fmt.Errorf("removing old copies: %w", err)
			}
		}
		keep[c.Manifest], manifests[c.Manifest] = true, m
		for _, item := range m {
			keep[item.Hash] = true
		}
	}
	r.manifests = manifests
	if err := r.store.KeepOnly(ctx, keep); err != nil {
		return fmt.Errorf("removing old copies: %w", err)
	}
	return nil
}

func readManifest(ctx context.Context, store *transport.Store, hash string) (protocol.Manifest, error) {
	text, err := store.Small(ctx, hash, protocol.MaxManifest)
	if err != nil {
		return nil, err
	}
	return protocol.ParseManifest(text)
}

// begin forgets what the fleet remembers of the job: it begins anew.
func (r *replica) begin(ctx context.Context) error { return r.replace(ctx, "", "") }

// finish writes that the job is finished. Nobody needs its copies then; clear removes them.
func (r *replica) finish(ctx context.Context, model, where string) error {
	return r.replace(context.WithoutCancel(ctx), model, where)
}

func (r *replica) replace(ctx context.Context, model, where string) error {
	if r == nil {
		return nil
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	_, err := r.change(ctx, func(now *protocol.Record) { now.Copies, now.Model, now.Where = nil, model, where })
	return err
}

// clear removes all copies of the job.
func (r *replica) clear(ctx context.Context) error {
	if r == nil || r.store == nil {
		return nil
	}
	return r.sweep(context.WithoutCancel(ctx), &protocol.Record{})
}
