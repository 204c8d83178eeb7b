package coordinator

import (
	"context"
	"errors"
	"sync/atomic"

	"braid/coordinator/dispatch"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
)

// leader is a coordinator that is ready to take the lease.
type leader struct {
	Config
	conns
	setup    *train.Setup
	dataHash string
	machine  dispatch.Config
	keeping  transport.Keeping

	publication *publication

	terms    greatest
	other    atomic.Pointer[protocol.Lead] // the newest announcement of another job
	answered bool                          // the server has given or refused a lease

	// heard is set once another coordinator has led this job while this one stood by. This one then continues the
	// other's run, as with --resume. Otherwise, without --resume, a job starts from step 0.
	heard atomic.Bool
}

// errElsewhere ends a standby: the leader has finished the job.
var errElsewhere = errors.New("another coordinator has finished this job")

// lead stands by and leads until the job is finished or the lease is lost.
func (l *leader) lead(parent context.Context) (*run.Summary, error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	// Bounded: leaders repeat their announcements, and without keys anybody may publish there.
	limits := transport.Limits{Messages: 1024, Bytes: 1 << 20}
	unsubscribe, err := l.joins.SubscribeBounded(l.Fleet.All(), limits, nil, func(r transport.Received) {
		l.announced(r,
			cancel)
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

// announced notes the announcement of another leader.
func (l *leader) announced(r transport.Received, cancel context.CancelCauseFunc) {
	lead := spoken(r.Data, l.machine.Leader)
	if lead == nil {
		return
	}
	l.terms.hear(lead.Term)
	switch {
	case lead.Job != l.machine.Job:
		l.other.Store(lead)
	case lead.State == protocol.Finished:
		cancel(errElsewhere)
	default:
		l.heard.Store(true)
	}
}

// leadOnce waits for the lease and trains while it holds the lease.
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
