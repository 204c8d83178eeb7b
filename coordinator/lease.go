package coordinator

import (
	"context"
	"errors"
	"time"

	"braid/protocol"
	"braid/train"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

// campaign waits until this coordinator may lead. An error of the first attempt ends it;
// once the server has answered, errors pass: it restarts, a request is lost with a link.
func (l *leader) campaign(ctx context.Context) (*transport.Lease, error) {
	begin, said := time.Now(), time.Time{}
	for {
		attempt, done := context.WithTimeout(ctx, transport.LeaseTTL)
		lease, err := l.conn.Acquire(attempt, l.Fleet, l.machine.Leader, 0, l.memory)
		done()
		l.answered = l.answered || err == nil || errors.Is(err, transport.ErrHeld)
		if err == nil {
			return lease, nil
		}
		if !l.answered && l.conn.Connected() {
			return nil, err
		}
		if time.Since(said) >= 10*time.Second {
			said = time.Now()
			l.Log.Info("standing by", "why", err, "for", time.Since(begin).Round(time.Second))
			l.Events(train.Waiting{What: "standing by: " + err.Error()})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(transport.LeaseTTL / 6):
		}
	}
}

// keep renews the lease until ctx ends, and cancels with train.ErrFenced when it is lost or
// may be.
func keep(ctx context.Context, lease *transport.Lease, holder string, log hclog.Logger, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(transport.LeaseTTL / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		attempt, done := context.WithDeadline(ctx, lease.Deadline())
		err := lease.Renew(attempt, holder)
		done()
		switch {
		case err == nil || ctx.Err() != nil:
			continue
		case transport.Lost(err):
			log.Warn("another coordinator leads", "error", err)
			cancel(train.ErrFenced)
			return
		case time.Now().After(lease.Deadline()):
			log.Warn("the lease could not be renewed in time", "error", err)
			cancel(train.ErrFenced)
			return
		}
		log.Warn("renewing the lease", "error", err, "left", time.Until(lease.Deadline()).Round(time.Millisecond))
	}
}

// spoken returns what another coordinator says of a job, nil if a message is not that.
func spoken(data []byte, job, own string) *protocol.Lead {
	m, _, err := protocol.Decode(data)
	lead, ok := m.(*protocol.Lead)
	if err != nil || !ok || lead.Job != job || lead.Leader == own {
		return nil
	}
	return lead
}
