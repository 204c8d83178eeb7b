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

// campaign waits until this coordinator may lead. An error ends it if the server does not
// answer for as long as it may be waited for; once it has answered, errors pass: it
// restarts, a request is lost with a link.
func (l *leader) campaign(ctx context.Context) (*transport.Lease, error) {
	begin, said := time.Now(), time.Time{}
	for {
		attempt, done := context.WithTimeout(ctx, transport.LeaseTTL)
		lease, err := l.conn.Acquire(attempt, l.Fleet, l.machine.Leader, l.terms.value(), l.keeping)
		done()
		l.answered = l.answered || err == nil || errors.Is(err, transport.ErrHeld)
		if err == nil {
			return lease, nil
		}
		if !l.answered && l.conn.Connected() && time.Since(begin) >= l.Nats.Wait {
			return nil, err
		}
		// Not at once: who leads, and what, is heard within a beat.
		if time.Since(begin) >= transport.LeaseTTL/6 && time.Since(said) >= 10*time.Second {
			said = time.Now()
			why := l.heldBy(err)
			l.Log.Info("standing by", "why", why, "for", time.Since(begin).Round(time.Second))
			l.Events(train.Waiting{What: "standing by: " + why})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(transport.LeaseTTL / 6):
		}
	}
}

// heldBy says why this coordinator does not lead: for another job that may take long, and
// another fleet is the mend.
func (l *leader) heldBy(err error) string {
	lead := l.other.Load()
	if lead == nil || !errors.Is(err, transport.ErrHeld) {
		return err.Error()
	}
	note := lead.Note
	if len(note) > 300 {
		note = note[:300]
	}
	return fmt.Sprintf("the fleet %s trains another job until it is finished (%s; hash %.12s, term %d): to train this one beside it, give another --fleet NAME to this coordinator and its workers",
		l.Fleet, note, lead.Job, lead.Term)
}

// greatest is the greatest term that a coordinator has led in, heard of, or found in its run
// directory: the server's own count is gone where it has lost its store. Safe for several
// goroutines.
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

// unknownLimit is for how long a leader goes on whose lease nobody can renew or take, since
// JetStream does not answer: a NATS cluster elects a leader for 4 to 9 seconds. Terms tell
// two leaders apart; coordinators that share a directory wait for it for longer.
const unknownLimit = 20 * time.Second

// keep renews the lease until ctx ends, and cancels with train.ErrFenced when it is lost or
// may be.
func (l *leader) keep(ctx context.Context, lease *transport.Lease, cancel context.CancelCauseFunc) {
	wait := time.NewTimer(transport.LeaseTTL / 4)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		wait.Reset(transport.LeaseTTL / 4)
		attempt, done := context.WithTimeout(ctx, transport.LeaseTTL*3/4)
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
		wait.Reset(transport.LeaseTTL / 12)
		l.Log.Warn("renewing the lease", "error", err, "left", (unknownLimit - over).Round(time.Millisecond))
	}
}

// answers says that the NATS server can be reached, though JetStream may not be ready.
func (l *leader) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, transport.LeaseTTL/4)
	defer cancel()
	return l.conn.Flush(ctx) == nil
}

// spoken returns what another coordinator says, nil if a message is not that.
func spoken(data []byte, own string) *protocol.Lead {
	m, _, err := protocol.Decode(data)
	lead, ok := m.(*protocol.Lead)
	if err != nil || !ok || lead.Leader == own {
		return nil
	}
	return lead
}
