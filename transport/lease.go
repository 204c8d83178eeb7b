package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// LeaseTTL is how long a lease lasts without a renewal.
const LeaseTTL = 3 * time.Second

// Lease is the right to lead a fleet. It is renewed every quarter of its time; the holder
// must act as if it were lost when three quarters have passed without a renewal, by its
// own monotonic clock, and then nobody else can have it yet. Where the wall clock of the
// server jumps ahead the lease ends too soon: its holder then takes it again, or learns at
// its next renewal that another was faster; until then two lead, and terms tell them apart.
type Lease struct {
	conn     *Conn
	fleet    protocol.Fleet
	keeping  Keeping
	kv       jetstream.KeyValue
	terms    jetstream.KeyValue
	term     uint64
	revision uint64
	deadline time.Time
}

const (
	leaseKey = "leader" // who leads, in a bucket with a time to live
	termKey  = "term"   // the greatest term so far, in a bucket without
)

// ErrHeld says that another leads.
var ErrHeld = errors.New("another coordinator leads this fleet")

// errTaken says that another had the lease in between.
var errTaken = errors.New("another coordinator has led this fleet since")

// sighting is what a candidate remembers of another's lease between two attempts.
type sighting struct {
	mu       sync.Mutex
	revision uint64
	since    time.Time
}

// over says that a lease was not renewed for all its time by the candidate's own monotonic
// clock. Its holder has given up, though the server may keep the lease for as long as its
// wall clock was set back.
func (s *sighting) over(revision uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision != s.revision || s.since.IsZero() {
		s.revision, s.since = revision, time.Now()
	}
	return time.Since(s.since) >= LeaseTTL
}

// Acquire takes the fleet's lease with a term greater than any before and than at least,
// or returns ErrHeld. A candidate makes all its attempts with one connection, which
// remembers what it has seen.
func (conn *Conn) Acquire(ctx context.Context, fleet protocol.Fleet, holder string, atLeast uint64, k Keeping) (*Lease, error) {
	kv, terms, err := conn.leaseBuckets(ctx, fleet, k)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	revision, err := take(ctx, kv, holder, &conn.seen)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil, ErrHeld
	} else if err != nil {
		return nil, fmt.Errorf("%s: taking the lease: %w", conn.url, err)
	}
	term, err := nextTerm(ctx, terms, atLeast)
	if err != nil {
		return nil, fmt.Errorf("%s: taking a term: %w", conn.url, err)
	}
	return &Lease{conn: conn, fleet: fleet, keeping: k, kv: kv, terms: terms, term: term, revision: revision, deadline: begin.Add(LeaseTTL * 3 / 4)}, nil
}

// leaseBuckets opens both buckets, and makes those that are not there.
func (conn *Conn) leaseBuckets(ctx context.Context, fleet protocol.Fleet, k Keeping) (lease, terms jetstream.KeyValue, err error) {
	// A key's own time to live would be lost by the first update; the bucket's is not.
	lease, _, err = conn.keyValue(ctx, k, jetstream.KeyValueConfig{Bucket: fleet.LeaseBucket(), TTL: LeaseTTL, Description: "Braid: who leads"})
	if err != nil {
		return nil, nil, err
	}
	terms, _, err = conn.keyValue(ctx, k, jetstream.KeyValueConfig{Bucket: fleet.LeaseBucket() + "_term", Description: "Braid: fencing terms"})
	return lease, terms, err
}

// take writes the lease where there is none, or over one that is over.
func take(ctx context.Context, kv jetstream.KeyValue, holder string, seen *sighting) (revision uint64, err error) {
	revision, err = kv.Create(ctx, leaseKey, []byte(holder))
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return revision, err
	}
	held, gone := kv.Get(ctx, leaseKey)
	if gone != nil || !seen.over(held.Revision()) {
		return 0, err
	}
	return kv.Update(ctx, leaseKey, []byte(holder), held.Revision())
}

// nextTerm counts up, by compare-and-set: two that race get two terms.
func nextTerm(ctx context.Context, kv jetstream.KeyValue, atLeast uint64) (uint64, error) {
	for {
		entry, err := kv.Get(ctx, termKey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			if _, err = kv.Create(ctx, termKey, binary.BigEndian.AppendUint64(nil, atLeast+1)); err == nil {
				return atLeast + 1, nil
			}
			if errors.Is(err, jetstream.ErrKeyExists) {
				continue
			}
			return 0, err
		} else if err != nil {
			return 0, err
		}
		term := atLeast
		if len(entry.Value()) == 8 {
			term = max(term, binary.BigEndian.Uint64(entry.Value()))
		}
		term++
		_, err = kv.Update(ctx, termKey, binary.BigEndian.AppendUint64(nil, term), entry.Revision())
		if err == nil {
			return term, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return 0, err
		}
	}
}

// Term is the fencing number.
func (l *Lease) Term() uint64 { return l.term }

// Deadline is when the holder must stop acting on the lease.
func (l *Lease) Deadline() time.Time { return l.deadline }

// Renew extends the lease. An error says that this attempt failed; Lost that there is no
// use in another.
func (l *Lease) Renew(ctx context.Context, holder string) error {
	begin := time.Now()
	revision, err := l.kv.Update(ctx, leaseKey, []byte(holder), l.revision)
	if err != nil && !Lost(err) {
		// The answer of a server that has lost the buckets with its disk is silence.
		if _, _, gone := l.conn.leaseBuckets(ctx, l.fleet, l.keeping); gone != nil {
			return err
		}
	}
	if err != nil {
		revision, err = l.regain(ctx, holder)
	}
	if err != nil {
		return err
	}
	l.revision, l.deadline = revision, begin.Add(LeaseTTL*3/4)
	return nil
}

// regain takes the lease again where it is not what the last renewal left, and nobody else
// has had it: the answer to a renewal was lost, the server's clock jumped ahead, or the
// server came back without what it had kept.
func (l *Lease) regain(ctx context.Context, holder string) (revision uint64, err error) {
	held, err := l.kv.Get(ctx, leaseKey)
	switch {
	case err == nil && string(held.Value()) == holder:
		revision, err = l.kv.Update(ctx, leaseKey, []byte(holder), held.Revision())
	case err == nil:
		return 0, errTaken
	case errors.Is(err, jetstream.ErrKeyNotFound):
		revision, err = l.kv.Create(ctx, leaseKey, []byte(holder))
	}
	if err != nil {
		return 0, err
	}
	// From here on nobody else can take a term.
	own := binary.BigEndian.AppendUint64(nil, l.term)
	newest, err := l.terms.Get(ctx, termKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		if _, err = l.terms.Create(ctx, termKey, own); err == nil {
			return revision, nil
		}
	}
	if err == nil && newest != nil && string(newest.Value()) == string(own) {
		return revision, nil
	}
	if err == nil || errors.Is(err, jetstream.ErrKeyExists) {
		_ = l.kv.Delete(ctx, leaseKey, jetstream.LastRevision(revision))
		return 0, errTaken
	}
	return 0, err // the next renewal comes here again
}

// Lost says that an error of Renew means that someone else has or had the lease.
func Lost(err error) bool {
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, errTaken) {
		return true
	}
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == codeWrongLastSeq)
}

// Release gives the lease back, so that a successor need not wait.
func (l *Lease) Release(ctx context.Context) error {
	return l.kv.Delete(ctx, leaseKey, jetstream.LastRevision(l.revision))
}
