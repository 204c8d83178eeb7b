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

// DefaultLease is how long a lease lasts without a renewal unless Keeping.Lease is set.
const DefaultLease = 3 * time.Second

// MinLease is the shortest lease. The server looks for expired entries four times a second.
const MinLease = 500 * time.Millisecond

// CheckLease refuses a lease that is too short; 0 means DefaultLease.
func CheckLease(lease time.Duration) error {
	if lease != 0 && lease < MinLease {
		return fmt.Errorf("--lease %s is too short: give %s or more", lease, MinLease)
	}
	return nil
}

// Lease is the right to lead a fleet. Its holder renews it every quarter of its time and must act as if it were
// lost once three quarters have passed without a renewal on the holder's monotonic clock: no other coordinator
// can take it before. If the server's wall clock jumps ahead, the lease ends too early: its holder takes it again, or
// learns at its next renewal that another coordinator was faster. Until then two coordinators lead, and their
// terms tell them apart.
type Lease struct {
	conn     *Conn
	fleet    protocol.FleetName
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

// ErrHeld is returned by Acquire while another coordinator leads.
var ErrHeld = errors.New("another coordinator leads this fleet")

// errTaken means that another coordinator had the lease since the last renewal.
var errTaken = errors.New("another coordinator has led this fleet since")

// sighting is a candidate's memory of another coordinator's lease between two attempts.
type sighting struct {
	mu       sync.Mutex
	revision uint64
	since    time.Time
}

// over reports whether the lease was not renewed for all its time on the candidate's monotonic clock. Its holder
// has given up then, even if the server keeps the lease longer because its wall clock was set back.
func (s *sighting) over(revision uint64, lease time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision != s.revision || s.since.IsZero() {
		s.revision, s.since = revision, time.Now()
	}
	return time.Since(s.since) >= lease
}

// Acquire takes the fleet's lease with a term greater than any before and greater than atLeast, or returns
// ErrHeld. A candidate must make all its attempts with one connection, which stores the lease that it has seen.
//
// Every coordinator of a fleet observes the lease time that the holder has set on the bucket; the next holder
// sets its own.
func (conn *Conn) Acquire(ctx context.Context, fleet protocol.FleetName, holder string, atLeast uint64,
	k Keeping) (*Lease, error) {
	l := &Lease{conn: conn, fleet: fleet, keeping: k}
	var err error
	if l.kv, l.terms, err = conn.leaseBuckets(ctx, fleet, k); err != nil {
		return nil, err
	}
	begin := time.Now()
	if l.revision, err = take(ctx, l.kv, holder, &conn.seen); errors.Is(err, jetstream.ErrKeyExists) {
		return nil, ErrHeld
	} else if err != nil {
		return nil, fmt.Errorf("%s: taking the lease: %w", conn.url, err)
	}
	if err := l.setTTL(ctx); err != nil {
		return nil, err
	}
	if l.term, err = nextTerm(ctx, l.terms, atLeast); err != nil {
		return nil, fmt.Errorf("%s: taking a term: %w", conn.url, err)
	}
	l.renewed(l.revision, begin)
	return l, nil
}

// leaseBuckets opens both buckets, and creates those that do not exist.
func (conn *Conn) leaseBuckets(
	ctx context.Context, fleet protocol.FleetName, k Keeping,
) (lease, terms jetstream.KeyValue, err error) {
	lease, _, err = conn.keyValue(ctx, k, leaseBucket(fleet, k))
	if err != nil {
		return nil, nil, err
	}
	terms, _, err = conn.keyValue(ctx, k, jetstream.KeyValueConfig{Bucket: fleet.LeaseBucket() + "_term",
		Description: "Braid: fencing terms"})
	return lease, terms, err
}

// leaseBucket has a time to live. A key's own would be lost by the first update.
func leaseBucket(fleet protocol.FleetName, k Keeping) jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{Bucket: fleet.LeaseBucket(), TTL: k.LeaseTTL(), Description: "Braid: who leads"}
}

// setTTL gives the bucket of a fleet this holder's lease time, if an earlier holder had another.
func (l *Lease) setTTL(ctx context.Context) error {
	is, err := l.kv.Status(ctx)
	if err == nil && is.TTL() != l.keeping.LeaseTTL() {
		c := is.Config()
		c.TTL = l.keeping.LeaseTTL()
		_, err = l.conn.js.UpdateKeyValue(ctx, c)
	}
	return l.conn.bucketError("setting the lease time of", l.fleet.LeaseBucket(), err)
}

// take writes the lease if there is none, or if the present one is over.
func take(ctx context.Context, kv jetstream.KeyValue, holder string, seen *sighting) (revision uint64, err error) {
	revision, err = kv.Create(ctx, leaseKey, []byte(holder))
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return revision, err
	}
	held, gone := kv.Get(ctx, leaseKey)
	if gone != nil {
		return 0, err
	}
	bucket, gone := kv.Status(ctx)
	if gone != nil || !seen.over(held.Revision(), bucket.TTL()) {
		return 0, err
	}
	return kv.Update(ctx, leaseKey, []byte(holder), held.Revision())
}

// nextTerm increments the term by compare-and-set: two candidates that race get different terms.
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

// Term is the fencing token: greater than that of every earlier lease of the fleet.
func (l *Lease) Term() uint64 { return l.term }

// Deadline is the time at which the holder must stop acting on the lease.
func (l *Lease) Deadline() time.Time { return l.deadline }

// Renew extends the lease. An error means that this attempt failed. If Lost reports true for it, the lease is lost;
// otherwise the holder may try again.
func (l *Lease) Renew(ctx context.Context, holder string) error {
	begin := time.Now()
	revision, err := l.kv.Update(ctx, leaseKey, []byte(holder), l.revision)
	if err != nil && !Lost(err) {
		// A server that has lost the buckets with its disk does not answer.
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
	l.renewed(revision, begin)
	return nil
}

// renewed notes a renewal that was sent at begin.
func (l *Lease) renewed(revision uint64, begin time.Time) {
	l.revision, l.deadline = revision, begin.Add(l.keeping.LeaseTTL()*3/4)
}

// regain takes the lease again if no other coordinator has had it since the last renewal. That is so after a
// renewal whose answer was lost, after a jump of the server's clock, and after a restart of a server without its data.
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
	// No other coordinator can take a term from here on.
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
	return 0, err // the next renewal tries again
}

// Lost reports whether an error of Renew means that another coordinator has or had the lease.
func Lost(err error) bool {
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, errTaken) {
		return true
	}
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == codeWrongLastSeq)
}

// Release gives the lease back, so that a successor does not wait for its end.
func (l *Lease) Release(ctx context.Context) error {
	return l.kv.Delete(ctx, leaseKey, jetstream.LastRevision(l.revision))
}
