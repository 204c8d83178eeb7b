package coordinator

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"braid/protocol"
	"braid/train"
	"braid/transport"
)

// copyFlush is how long a coordinator that is interrupted waits for its last copy.
const copyFlush = 3 * time.Second

// replica copies a run's newest checkpoints into the fleet's store, for a coordinator on another disk. It must
// neither delay nor end the training: after a failure the next checkpoint is the next attempt. A nil replica copies
// nothing.
type replica struct {
	leader *leader
	next   chan uint64 // the newest checkpoint's step
	done   chan struct{}
	cancel context.CancelFunc

	stopped sync.Once

	withdrawn chan withdrawal

	// The fields below belong to begin, then to the goroutine of loop, then to finish and clear.
	conn      *transport.Conn
	store     *transport.Store // the job's namespace
	records   *transport.Records
	manifests map[string]protocol.Manifest // of the kept copies, by hash
	back      uint64                       // if goneBack: the record must lose the copies after this step
	goneBack  bool
}

// withdrawal asks for the removal of all copies after a step from the record.
type withdrawal struct {
	step uint64
	done chan struct{} // closed by the receiver
}

// newReplica starts to copy. It returns nil with an embedded server, which ends with this process.
func newReplica(ctx context.Context, l *leader) *replica {
	if l.keeping.Memory {
		return nil
	}
	// The copying outlives an interruption, whose checkpoint must be copied too, but not the lease.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), train.ErrFenced) {
			cancel()
		}
	})
	r := &replica{leader: l, next: make(chan uint64, 1), done: make(chan struct{}), cancel: cancel,
		withdrawn: make(chan withdrawal), manifests: map[string]protocol.Manifest{}}
	go r.loop(own)
	return r
}

// event receives the events of the training.
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

// offer announces a checkpoint on disk. It does not wait: a running copy is finished, and the newest of the
// checkpoints offered by then is next.
func (r *replica) offer(step uint64) {
	select {
	case <-r.next:
	default:
	}
	r.next <- step // one goroutine offers, so there is room
}

// withdraw announces that checkpoints after a step must not be used, because training has gone back. It waits until
// the record names none of them, or until writing the record has failed; the next copy then corrects the record. The
// checkpoint writer must be idle.
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

// one copies one checkpoint. A withdrawal that arrives before the end cancels the copy and is returned.
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
		r.leader.Log.Debug("the checkpoint has a copy", "step", step, "bytes", size, "took",
			time.Since(begin).Round(time.Millisecond))
	case ctx.Err() != nil:
	case errors.Is(err, fs.ErrNotExist):
		r.leader.Log.Debug("the checkpoint was pruned before it had a copy", "step", step, "error", err)
	default:
		r.leader.Log.Warn("the checkpoint has no copy for other hosts; the next one is tried", "step", step, "error", err)
	}
	return gone
}

// forget removes withdrawn copies from the record.
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

// stop ends the copying. A running copy and an offered one may take until limit. Nothing may be offered afterwards.
func (r *replica) stop(limit time.Duration) {
	if r == nil {
		return
	}
	defer time.AfterFunc(limit, r.cancel).Stop()
	r.stopped.Do(func() { close(r.next) })
	<-r.done
}

// close stops the copying and closes the connection.
func (r *replica) close() {
	if r == nil {
		return
	}
	r.stop(0)
	if r.conn != nil {
		r.conn.Close()
	}
}
