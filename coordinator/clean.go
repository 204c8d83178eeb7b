package coordinator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"braid/protocol"
	"braid/transport"
)

// Cleaned reports the blobs that Clean has removed and kept.
type Cleaned struct {
	Blobs, Kept      int
	Bytes, KeptBytes int64
	Unfinished       []string // hashes of jobs whose copies were kept
}

// Clean deletes job files, data, and copies of checkpoints from a fleet's store. Copies of jobs whose record
// is unfinished are kept unless all is set. Clean holds the lease, so that no job is running; a coordinator
// that starts later stores its job and data again.
func Clean(ctx context.Context, c Config, all bool) (*Cleaned, error) {
	c.complete()
	if err := protocol.CheckName("--fleet", string(c.Fleet)); err != nil {
		return nil, err
	}
	c.Nats.Name, c.Nats.Log = "braid coordinator --clean", c.Log
	conn, err := transport.Connect(ctx, c.Nats)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	keeping := transport.Keeping{Replicas: c.Replicas, Lease: c.Lease}
	store, err := conn.MakeStore(ctx, c.Fleet, keeping)
	if err != nil {
		return nil, err
	}
	holder := randomName()
	lease, err := conn.Acquire(ctx, c.Fleet, holder, 0, keeping)
	if errors.Is(err, transport.ErrHeld) {
		return nil, fmt.Errorf("a coordinator leads the fleet %s, and its job needs the store: clean when it has ended, "+
			"or name another --fleet", c.Fleet)
	} else if err != nil {
		return nil, err
	}
	defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	records, err := conn.OpenRecords(ctx, c.Fleet)
	if err != nil {
		return nil, err
	}
	blobs, err := store.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	done, unfinished := new(Cleaned), map[string]bool{}
	for _, blob := range blobs {
		if job, _, part := strings.Cut(blob.Name, "/"); part && !all {
			keep, known := unfinished[job]
			if !known {
				// A record that cannot be read keeps its copies: they may be all that is left.
				record, err := records.Get(ctx, job)
				keep = err != nil || record != nil && len(record.Copies) > 0
				if unfinished[job] = keep; keep {
					done.Unfinished = append(done.Unfinished, job)
				}
			}
			if keep {
				done.Kept, done.KeptBytes = done.Kept+1, done.KeptBytes+blob.Size
				continue
			}
		}
		if err := lease.Renew(ctx, holder); err != nil {
			return done, fmt.Errorf("stopped after %d blobs: %w", done.Blobs, err)
		}
		if err := store.Delete(ctx, blob.Name); err != nil {
			return done, err
		}
		done.Blobs, done.Bytes = done.Blobs+1, done.Bytes+blob.Size
	}
	return done, nil
}
