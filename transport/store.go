package transport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Store is an object store of NATS in which each blob has its SHA-256 as its name.
type Store struct {
	bucket jetstream.ObjectStore
	conn   *Conn
	js     jetstream.JetStream
	name   string
	prefix string // of the blobs' names: "", or the namespace and a slash
}

// Hash returns the name of a blob: its SHA-256 in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// MakeStore returns the fleet's store and creates it if it does not exist. MakeStore retries for Config.Wait.
func (conn *Conn) MakeStore(ctx context.Context, fleet protocol.FleetName, k Keeping) (s *Store, err error) {
	if err := conn.NeedJetStream(ctx); err != nil {
		return nil, err
	}
	err = conn.patiently(ctx, "the object store", func(ctx context.Context) error {
		s, err = conn.EnsureStore(ctx, fleet, k)
		return err
	})
	return s, err
}

// EnsureStore is MakeStore with a single attempt.
func (conn *Conn) EnsureStore(ctx context.Context, fleet protocol.FleetName, k Keeping) (*Store, error) {
	s, err := conn.OpenStore(ctx, fleet)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return s, err
	}
	var b jetstream.ObjectStore
	err = conn.replicate(k, func(n int) (err error) {
		b, err = conn.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: fleet.Bucket(), Storage: k.storage(), Replicas: n, Description: "Braid: job, data and checkpoints by hash",
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: making the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return conn.store(b, fleet), nil
}

// RebuildStore deletes the fleet's store and creates an empty one. A server that found damaged files
// may acknowledge a blob and not return it later.
func (conn *Conn) RebuildStore(ctx context.Context, fleet protocol.FleetName, k Keeping) (*Store, error) {
	err := conn.js.DeleteStream(ctx, "OBJ_"+fleet.Bucket())
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("%s: deleting the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return conn.EnsureStore(ctx, fleet, k)
}

// OpenStore returns the fleet's store, which must exist.
func (conn *Conn) OpenStore(ctx context.Context, fleet protocol.FleetName) (*Store, error) {
	b, err := conn.js.ObjectStore(ctx, fleet.Bucket())
	if err != nil {
		return nil, fmt.Errorf("%s: opening the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return conn.store(b, fleet), nil
}

func (conn *Conn) store(b jetstream.ObjectStore, fleet protocol.FleetName) *Store {
	return &Store{bucket: b, conn: conn, js: conn.js, name: fleet.Bucket()}
}

// Namespace returns a view of the store with blobs of its own. Deleting a blob in one namespace leaves
// a blob with the same hash in every other namespace.
func (s *Store) Namespace(name string) *Store {
	view := *s
	view.prefix = s.prefix + name + "/"
	return &view
}
