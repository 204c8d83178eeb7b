package transport

import (
	"context"
	"errors"
	"fmt"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Records are the records of a fleet's jobs, one key per job. They share the bucket of the terms, which
// has no time to live; the lease's bucket loses its entries within seconds.
type Records struct {
	kv  jetstream.KeyValue
	url string
}

// ErrOlderTerm is returned by Change if a leader with a greater term has written the record.
var ErrOlderTerm = errors.New("a coordinator with a newer term keeps the record of this job")

func recordKey(job string) string { return "job." + job }

// OpenRecords returns the fleet's records. Acquire must have created their bucket.
func (conn *Conn) OpenRecords(ctx context.Context, fleet protocol.FleetName) (*Records, error) {
	bucket := fleet.LeaseBucket() + "_term"
	kv, err := conn.js.KeyValue(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("%s: opening the bucket %s: %w", conn.url, bucket, err)
	}
	return &Records{kv, conn.url}, nil
}

// Get returns the record of a job, or nil if it has none.
func (r *Records) Get(ctx context.Context, job string) (*protocol.Record, error) {
	record, _, err := r.get(ctx, job)
	return record, err
}

// errUnreadable means that a record exists and cannot be parsed.
var errUnreadable = errors.New("cannot be read")

func (r *Records) get(ctx context.Context, job string) (*protocol.Record, uint64, error) {
	entry, err := r.kv.Get(ctx, recordKey(job))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, fmt.Errorf("%s: reading the record of the job: %w", r.url, err)
	}
	record, err := protocol.ParseRecord(entry.Value())
	if err == nil && record.Job != job {
		err = fmt.Errorf("is of job %.12s", record.Job)
	}
	if err != nil {
		return nil, entry.Revision(), fmt.Errorf("%s: the record of the job %w: %w", r.url, errUnreadable, err)
	}
	return record, entry.Revision(), nil
}

// Change replaces the record of a job by compare-and-set and returns the new record. change receives the
// present record, or an empty one with the job's hash; it may be called several times. A record of a
// greater term stays, and Change returns ErrOlderTerm. A record that cannot be parsed is overwritten.
func (r *Records) Change(ctx context.Context, job string, term uint64,
	change func(*protocol.Record)) (*protocol.Record, error) {
	for {
		record, revision, err := r.get(ctx, job)
		if err != nil && !errors.Is(err, errUnreadable) {
			return nil, err
		}
		if record == nil {
			record = &protocol.Record{Job: job}
		}
		if record.Term > term {
			return nil, ErrOlderTerm
		}
		change(record)
		record.Term = term
		if revision == 0 {
			_, err = r.kv.Create(ctx, recordKey(job), record.Text())
		} else {
			_, err = r.kv.Update(ctx, recordKey(job), record.Text(), revision)
		}
		if err == nil {
			return record, nil
		}
		if !Lost(err) {
			return nil, fmt.Errorf("%s: writing the record of the job: %w", r.url, err)
		}
	}
}
