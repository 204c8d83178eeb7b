package transport

import (
	"context"
	"errors"
	"fmt"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Records are what a fleet remembers of its jobs, a key for each. They lie beside the
// terms, in the bucket without a time to live: the lease's forgets within seconds.
type Records struct {
	kv  jetstream.KeyValue
	url string
}

// ErrOlderTerm says that a leader with a greater term has written the record.
var ErrOlderTerm = errors.New("a coordinator with a newer term keeps the record of this job")

func recordKey(job string) string { return "job." + job }

// OpenRecords returns the fleet's records; Acquire has made their bucket.
func (conn *Conn) OpenRecords(ctx context.Context, fleet protocol.FleetName) (*Records, error) {
	bucket := fleet.LeaseBucket() + "_term"
	kv, err := conn.js.KeyValue(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("%s: opening the bucket %s: %w", conn.url, bucket, err)
	}
	return &Records{kv, conn.url}, nil
}

// Get returns the record of a job, nil if there is none.
func (r *Records) Get(ctx context.Context, job string) (*protocol.Record, error) {
	record, _, err := r.get(ctx, job)
	return record, err
}

// errUnreadable says that a record is there and cannot be read.
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

// Change replaces the record of a job by compare-and-set and returns what it is now.
// change gets the present one, or one with the job's hash alone. One that a greater term
// wrote stays, and ErrOlderTerm is returned; one that cannot be read has no term and goes.
func (r *Records) Change(ctx context.Context, job string, term uint64, change func(*protocol.Record)) (*protocol.Record, error) {
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
