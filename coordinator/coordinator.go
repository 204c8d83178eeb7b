package coordinator

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"braid/coordinator/dispatch"
	"braid/data"
	"braid/model"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
)

// Run leads a job to its end and returns its summary.
func Run(ctx context.Context, c Config) (*run.Summary, error) {
	c.complete()
	if err := protocol.CheckName("--fleet", string(c.Fleet)); err != nil {
		return nil, err
	}
	if err := cmp.Or(transport.CheckReplicas(c.Replicas), transport.CheckLease(c.Lease)); err != nil {
		return nil, err
	}
	// Before the data are read, which may take a while.
	if err := run.Check(c.Dir, c.Job, c.Resume); err != nil {
		return nil, err
	}
	conns, closeConns, err := connect(ctx, &c)
	if err != nil {
		return nil, err
	}
	defer closeConns()
	chunk, err := conns.conn.Chunk()
	if err != nil {
		return nil, err
	}
	// An embedded server ends with this process, and with it what the server keeps.
	keeping := transport.Keeping{Memory: c.Listen != "", Replicas: c.Replicas, Lease: c.Lease}
	store, err := conns.bulk.MakeStore(ctx, c.Fleet, keeping)
	if err != nil {
		return nil, err
	}
	setup, err := train.Open(ctx, c.Job, c.Status)
	if err != nil {
		return nil, err
	}
	if c.Resume { // before the lease, which an honest standby may want
		if err := run.OpenReadOnly(c.Dir, c.Job).Expecting(setup.Data.Digest).Belongs(); err != nil {
			return nil, err
		}
	}
	for _, cut := range data.Cuts(c.Job, setup.Raw) {
		c.Log.Warn("examples longer than max_tokens are cut", "data", cut.Set, "split", cut.Split, "max_tokens", cut.MaxTokens, "examples", cut.Examples, "words_left_out", cut.Words)
	}
	setup.Raw = nil // frees the texts
	for _, s := range setup.Starved() {
		c.Log.Warn(s.String())
	}
	c.Status("publishing job and data")
	publication, err := newPublication(c.Job, setup.Data)
	if err != nil {
		return nil, err
	}
	if _, err := publication.put(ctx, store); err != nil {
		return nil, err
	}
	l := &leader{Config: c, conns: conns, setup: setup, machine: dispatch.Config{
		Leader: randomName(), Job: c.Job.Hash(), Manifest: publication.manifest, Identity: protocol.Local(), Chunk: chunk,
		MinWorkers: c.Job.Cluster.MinWorkers, Patience: c.Job.Cluster.Patience, Beat: c.Beat,
		Audit: c.Job.Cluster.Audit, Seed: c.Job.Seed,
	}, dataHash: setup.Data.Digest.SHA256(), publication: publication, keeping: keeping}
	if c.Resume { // a standby with other data says so now, not when it is needed
		if _, err := l.recall(ctx); err != nil {
			return nil, err
		}
		l.terms.hear(run.LastTerm(c.Dir))
	}
	for {
		summary, err := l.lead(ctx)
		if !errors.Is(err, train.ErrFenced) || ctx.Err() != nil {
			return summary, err
		}
		// Not the end: whoever leads now may die, and perhaps nobody does.
		c.Log.Warn("standing by again", "why", err)
		l.Resume = true
	}
}

// conns are the coordinator's connections. Joins are apart, because anybody may speak there: what
// waits on that connection delays nobody that was let in.
type conns struct {
	conn  *transport.Conn // control
	bulk  *transport.Conn
	joins *transport.Conn
}

// connect starts the embedded server if there is to be one, and connects.
func connect(ctx context.Context, c *Config) (conns, func(), error) {
	stop := func() {}
	if c.Listen != "" {
		server, err := transport.Listen(c.Listen, c.Guard)
		if err != nil {
			return conns{}, nil, err
		}
		stop = server.Close
		c.Nats.URL, c.Nats.Server = server.URL(), server
		if c.Guard.Token != "" {
			c.Nats.Token = c.Guard.Token
		}
		c.Log.Info("NATS server started", "url", server.URL())
		if c.Listening != nil {
			c.Listening(server.Port())
		}
	}
	c.Nats.Log = c.Log
	var all conns
	for _, one := range []struct {
		name string
		to   **transport.Conn
	}{{"braid coordinator", &all.conn}, {"braid coordinator (bulk)", &all.bulk}, {"braid coordinator (joins)", &all.joins}} {
		c.Nats.Name = one.name
		conn, err := transport.Connect(ctx, c.Nats)
		if err != nil {
			stop()
			return conns{}, nil, err
		}
		*one.to = conn
		after := stop
		stop = func() { conn.Close(); after() }
	}
	return all, stop, nil
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// leader is a coordinator that has all it needs but the lease.
type leader struct {
	Config
	conns
	setup    *train.Setup
	dataHash string
	machine  dispatch.Config
	keeping  transport.Keeping

	publication *publication

	terms    greatest
	other    atomic.Pointer[protocol.Lead] // the newest that was heard of another job
	answered bool                          // the server gave a lease or refused one

	// heard says that another led this job while this coordinator stood by. It then goes on
	// with what the other left, as with --resume; one that leads at once begins anew.
	heard atomic.Bool
}

// errElsewhere ends a standby: the job was finished by the one that led.
var errElsewhere = errors.New("another coordinator has finished this job")

// lead campaigns, trains, and says goodbye.
func (l *leader) lead(parent context.Context) (*run.Summary, error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	// Leaders repeat what they say, and anybody may speak there where the server asks for no keys.
	unsubscribe, err := l.joins.SubscribeBounded(l.Fleet.All(), transport.Limits{Messages: 1024, Bytes: 1 << 20}, nil, func(r transport.Received) {
		lead := spoken(r.Data, l.machine.Leader)
		if lead != nil {
			l.terms.hear(lead.Term)
		}
		switch {
		case lead == nil:
		case lead.Job != l.machine.Job:
			l.other.Store(lead)
		case lead.State == protocol.Finished:
			cancel(errElsewhere)
		default:
			l.heard.Store(true)
		}
	})
	if err != nil {
		return nil, err
	}
	defer unsubscribe()
	summary, err := l.leadOnce(ctx, cancel)
	if err != nil && errors.Is(context.Cause(ctx), errElsewhere) {
		record, err := l.recall(parent)
		if err != nil {
			return nil, err
		}
		return l.elsewhere(record)
	}
	return summary, err
}

// leadOnce takes the lease, once it is free, and trains for as long as it lasts.
func (l *leader) leadOnce(ctx context.Context, cancel context.CancelCauseFunc) (*run.Summary, error) {
	lease, err := l.campaign(ctx)
	if err != nil {
		return nil, err
	}
	l.machine.Term = lease.Term()
	l.terms.hear(lease.Term())
	kept := make(chan struct{})
	keeping, release := context.WithCancel(ctx)
	go func() { defer close(kept); l.keep(keeping, lease, cancel) }()
	defer func() {
		release()
		<-kept
		if !errors.Is(context.Cause(ctx), train.ErrFenced) {
			_ = lease.Release(context.WithoutCancel(ctx))
		}
	}()
	l.Resume = l.Resume || l.heard.Load()
	var record *protocol.Record
	if l.Resume {
		if record, err = l.recall(ctx); err != nil {
			return nil, err
		}
	}
	if record != nil && record.Model != "" && !l.ownSummary() {
		return l.elsewhere(record)
	}
	return l.train(ctx, record)
}

// train trains from where the record of the job, nil for none, and the own directory say.
func (l *leader) train(ctx context.Context, record *protocol.Record) (*run.Summary, error) {
	f, err := newFleet(l.conns, l.Config, l.machine, l.setup.Arch, l.setup.Data.Sets)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if l.Metrics != "" {
		stop, err := serveMetrics(l.Metrics, f)
		if err != nil {
			return nil, fmt.Errorf("--metrics %s: %w: choose another address", l.Metrics, err)
		}
		defer stop()
	}
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); newKeeper(l, f).run(keeping) }()
	defer func() { stop(); <-kept }()
	copies := newReplica(ctx, l)
	defer copies.close()
	if err := l.prepare(ctx, copies, record, l.setup.Arch); err != nil {
		return nil, err
	}
	threads := l.Threads
	if threads < 1 {
		threads = max(1, runtime.GOMAXPROCS(0)/2)
	}
	wasFinished := l.ownSummary()
	summary, err := l.trainWhenFree(ctx, train.Config{Setup: l.setup, Fleet: f, Dir: l.Dir, Resume: l.Resume,
		Term: l.machine.Term, Events: func(e train.Event) { f.event(e); copies.event(e); l.Events(e) }, Threads: threads})
	if err != nil {
		copies.stop(copyFlush)
		return nil, err
	}
	copies.stop(0)
	l.Log.Info("the job is finished", "model_sha256", summary.ModelSHA256)
	// Before the farewell: who wakes up and finds nobody leading must find this.
	if err := copies.finish(ctx, summary.ModelSHA256, l.where()); err != nil {
		l.Log.Warn("the fleet will not remember that this job is finished", "error", err)
	}
	f.Farewell(farewell{l.Farewell, wasFinished})
	if err := copies.clear(ctx); err != nil {
		l.Log.Warn("copies of a finished job are left", "error", err)
	}
	return summary, nil
}

// prepare makes the run directory and what the fleet remembers agree: with --resume the
// directory catches up, without it the fleet forgets.
func (l *leader) prepare(ctx context.Context, copies *replica, record *protocol.Record, arch *model.Architecture) error {
	if !l.Resume {
		if err := copies.begin(ctx); err != nil {
			l.Log.Warn("what the fleet remembers of an earlier run of this job stays", "error", err)
		}
		return nil
	}
	// A parameter and what an optimiser remembers of it are at most 12 bytes.
	return l.catchUp(ctx, record, 16*int64(arch.Len())+1<<20)
}

// trainWhenFree trains once the directory is free. Where coordinators share one, the leader that
// was deposed may not know it yet: it lets go when it next looks at its lease.
func (l *leader) trainWhenFree(ctx context.Context, c train.Config) (*run.Summary, error) {
	limit := unknownLimit + 4*l.keeping.LeaseTTL()
	said := false
	for begin := time.Now(); ; {
		summary, err := train.Run(ctx, c)
		var locked *run.Locked
		if !errors.As(err, &locked) || !c.Resume || time.Since(begin) >= limit {
			return summary, err
		}
		if !said {
			said = true
			l.Log.Warn("waiting for the directory", "why", err, "for", limit)
			l.Events(train.Waiting{Cause: err.Error()})
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
