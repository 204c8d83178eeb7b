package coordinator

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"braid/protocol"
	"braid/train"
	"braid/transport"
)

const (
	// acquireLimit is the time of one attempt to take the lease, which may have to create buckets.
	acquireLimit = 3 * time.Second
	// flushLimit is how long a server that can be reached takes to answer.
	flushLimit = 750 * time.Millisecond
	// unknownLimit is how long a leader continues while the server answers and JetStream does not: a NATS cluster
	// elects a leader for 4 to 9 seconds. Two leaders differ in their terms.
	unknownLimit = 20 * time.Second
)

// campaign waits until this coordinator may lead. It fails if the server has not answered within Config.Nats.Wait.
// Once the server has answered, campaign retries after every error: the server may restart, or a link lose a request.
func (l *leader) campaign(ctx context.Context) (*transport.Lease, error) {
	begin, said, lease := time.Now(), time.Time{}, l.keeping.LeaseTTL()
	for {
		attempt, done := context.WithTimeout(ctx, acquireLimit)
		held, err := l.conn.Acquire(attempt, l.Fleet, l.machine.Leader, l.terms.value(), l.keeping)
		done()
		l.answered = l.answered || err == nil || errors.Is(err, transport.ErrHeld)
		if err == nil {
			return held, nil
		}
		if !l.answered && l.conn.Connected() && time.Since(begin) >= l.Nats.Wait {
			return nil, err
		}
		// Not at once: the leader announces itself and its job within a beat.
		if time.Since(begin) >= lease/6 && time.Since(said) >= 10*time.Second {
			said = time.Now()
			why := l.heldBy(err)
			l.Log.Info("standing by", "why", why, "for", time.Since(begin).Round(time.Second))
			l.Events(train.Waiting{Cause: "standing by: " + why})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lease / 6):
		}
	}
}

// heldBy explains why this coordinator does not lead. If the leader trains another job, another fleet is the mend.
func (l *leader) heldBy(err error) string {
	lead := l.other.Load()
	if lead == nil || !errors.Is(err, transport.ErrHeld) {
		return err.Error()
	}
	note := lead.Note
	if len(note) > 300 {
		note = note[:300]
	}
	return fmt.Sprintf("the fleet %s trains another job until it is finished (%s; hash %.12s, term %d): to train "+
		"both at once, give another --fleet NAME to this coordinator and its workers",
		l.Fleet, note, lead.Job, lead.Term)
}

// greatest is the greatest term that a coordinator has led in, received, or found in its run directory. A server
// that has lost its store has lost its own count. Safe for concurrent use.
type greatest struct{ term atomic.Uint64 }

func (g *greatest) hear(term uint64) {
	for term < 1<<62 {
		was := g.term.Load()
		if term <= was || g.term.CompareAndSwap(was, term) {
			return
		}
	}
}

func (g *greatest) value() uint64 { return g.term.Load() }

// keep renews the lease until ctx ends, and cancels with train.ErrFenced once the lease is lost or may be.
func (l *leader) keep(ctx context.Context, lease *transport.Lease, cancel context.CancelCauseFunc) {
	ttl := l.keeping.LeaseTTL()
	wait := time.NewTimer(ttl / 4)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		wait.Reset(ttl / 4)
		attempt, done := context.WithTimeout(ctx, ttl*3/4)
		err := lease.Renew(attempt, l.machine.Leader)
		done()
		over := time.Since(lease.Deadline())
		switch {
		case err == nil || ctx.Err() != nil:
			continue
		case transport.Lost(err):
			l.Log.Warn("another coordinator leads", "error", err)
			cancel(train.ErrFenced)
			return
		case over >= unknownLimit || over >= 0 && !l.answers(ctx):
			l.Log.Warn("the lease could not be renewed in time", "error", err)
			cancel(train.ErrFenced)
			return
		}
		wait.Reset(ttl / 12)
		l.Log.Warn("renewing the lease", "error", err, "left", (unknownLimit - over).Round(time.Millisecond))
	}
}

// answers reports whether the NATS server can be reached. JetStream may not be ready.
func (l *leader) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, flushLimit)
	defer cancel()
	return l.conn.Flush(ctx) == nil
}

// spoken decodes the announcement of another coordinator; nil if the message is none.
func spoken(data []byte, own string) *protocol.Lead {
	m, _, err := protocol.Decode(data)
	lead, ok := m.(*protocol.Lead)
	if err != nil || !ok || lead.Leader == own {
		return nil
	}
	return lead
}
