package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Keeping is how a server keeps a fleet's buckets.
type Keeping struct {
	Memory bool // in memory instead of on disk

	// Replicas is the number of servers of a cluster that have each bucket. 0 means 3, or 1 if the cluster has
	// fewer servers.
	Replicas int

	// Lease is how long a lease lasts without a renewal, 0: DefaultLease. A longer lease delays a standby by as
	// much; a shorter one is lost if the server does not answer for three quarters of it.
	Lease time.Duration
}

// LeaseTTL is Lease with the default filled in.
func (k Keeping) LeaseTTL() time.Duration { return cmp.Or(k.Lease, DefaultLease) }

func (k Keeping) storage() jetstream.StorageType {
	if k.Memory {
		return jetstream.MemoryStorage
	}
	return jetstream.FileStorage
}

// Error codes of the server for which nats.go has no name.
const (
	codeNoPeers      = 10005 // the cluster has too few servers
	codeNotReady     = 10008 // JetStream has no leader at the moment
	codeNoResources  = 10023
	codeNoReplicas   = 10074 // no cluster
	codeWrongLastSeq = 10164 // of a replicated stream
)

// maxReplicas is the server's limit for one stream.
const maxReplicas = 5

// CheckReplicas refuses a number of replicas that no server accepts.
func CheckReplicas(n int) error {
	if n < 0 || n > maxReplicas {
		return fmt.Errorf("--replicas %d: give 1, 3 or 5, or leave it out", n)
	}
	return nil
}

// replicate calls make with the number of replicas that a bucket should have: with 1 if the cluster has too few
// servers and Keeping does not give a number.
func (conn *Conn) replicate(k Keeping, make func(n int) error) error {
	n := k.Replicas
	if n == 0 {
		n = 1
		if conn.nc.ConnectedClusterName() != "" {
			n = 3
		}
	}
	err := make(n)
	if err == nil || n == 1 || !tooFew(err) {
		return err
	}
	if k.Replicas == 0 {
		return make(1)
	}
	return final{fmt.Errorf("--replicas %d: %w: start as many NATS servers in one cluster, or give a smaller number", n,
		err)}
}

// tooFew reports whether the cluster cannot hold the replicas now.
func tooFew(err error) bool {
	return isCode(err, codeNoPeers) || isCode(err, codeNoResources) || isCode(err, codeNoReplicas)
}

func isCode(err error, code jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == code
}

// refused reports whether the server has understood a request and will never fulfil it.
func refused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode != codeNotReady && api.Code < 500
}

// keyValue opens a bucket, and creates it if it does not exist.
func (conn *Conn) keyValue(ctx context.Context, k Keeping, c jetstream.KeyValueConfig) (kv jetstream.KeyValue,
	made bool, err error) {
	if kv, err = conn.js.KeyValue(ctx, c.Bucket); !errors.Is(err, jetstream.ErrBucketNotFound) {
		return kv, false, conn.bucketError("opening", c.Bucket, err)
	}
	err = conn.replicate(k, func(n int) (err error) {
		c.Storage, c.Replicas = k.storage(), n
		// Update, so that two that create it at the same time both succeed.
		kv, err = conn.js.CreateOrUpdateKeyValue(ctx, c)
		return err
	})
	return kv, true, conn.bucketError("making", c.Bucket, err)
}

func (conn *Conn) bucketError(what, bucket string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s the bucket %s: %w", conn.url, what, bucket, err)
}

// streams lists the streams of a fleet.
func streams(f protocol.FleetName) []string {
	return []string{"OBJ_" + f.Bucket(), "KV_" + f.LeaseBucket(), "KV_" + f.LeaseBucket() + "_term"}
}

// Replicate gives each stream of a fleet that has too few replicas the number that Keeping asks for. It returns
// the number of changed streams.
func (conn *Conn) Replicate(ctx context.Context, fleet protocol.FleetName, k Keeping) (changed int, err error) {
	for _, name := range streams(fleet) {
		s, err := conn.js.Stream(ctx, name)
		if err != nil {
			return changed, conn.bucketError("looking at", name, err)
		}
		c := s.CachedInfo().Config
		have := c.Replicas
		err = conn.replicate(k, func(n int) error {
			if n <= have {
				return nil
			}
			c.Replicas = n
			if _, err := conn.js.UpdateStream(ctx, c); err != nil {
				return err
			}
			changed++
			return nil
		})
		if err != nil {
			return changed, conn.bucketError("replicating", name, err)
		}
	}
	return changed, nil
}
