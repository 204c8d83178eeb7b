package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Store keeps blobs under their SHA-256 in an object store.
type Store struct {
	bucket jetstream.ObjectStore
	name   string
}

// Hash is the name of a blob: its SHA-256 in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// MakeStore returns the fleet's store and makes it if it is not there.
func (conn *Conn) MakeStore(ctx context.Context, fleet protocol.Fleet, memory bool) (*Store, error) {
	if err := conn.NeedJetStream(ctx); err != nil {
		return nil, err
	}
	if s, err := conn.OpenStore(ctx, fleet); err == nil {
		return s, nil
	}
	storage := jetstream.FileStorage
	if memory {
		storage = jetstream.MemoryStorage
	}
	b, err := conn.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: fleet.Bucket(), Storage: storage, Description: "Braid: job, data and checkpoints by hash",
	})
	if err != nil {
		return nil, fmt.Errorf("%s: making the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return &Store{b, fleet.Bucket()}, nil
}

// OpenStore returns the fleet's store, which must be there.
func (conn *Conn) OpenStore(ctx context.Context, fleet protocol.Fleet) (*Store, error) {
	b, err := conn.js.ObjectStore(ctx, fleet.Bucket())
	if err != nil {
		return nil, fmt.Errorf("%s: opening the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return &Store{b, fleet.Bucket()}, nil
}

// Put stores a blob and returns its hash. One that is there already is not sent again.
func (s *Store) Put(ctx context.Context, blob []byte) (string, error) {
	hash := Hash(blob)
	if info, err := s.bucket.GetInfo(ctx, hash); err == nil && info.Size == uint64(len(blob)) {
		return hash, nil
	}
	_, err := s.bucket.Put(ctx, jetstream.ObjectMeta{
		// Larger chunks are read several times faster than the default of 128 KiB.
		Name: hash, Opts: &jetstream.ObjectMetaOptions{ChunkSize: protocol.MinChunk},
	}, bytes.NewReader(blob))
	if err != nil {
		return "", fmt.Errorf("storing %d bytes in %s: %w", len(blob), s.name, err)
	}
	return hash, nil
}

var errDigest = errors.New("blob does not have its hash")

// Get returns a blob of known size; it has its hash, or there is an error.
func (s *Store) Get(ctx context.Context, hash string, size int64) ([]byte, error) {
	if !protocol.IsHash(hash) || size < 0 || size > protocol.MaxBlob {
		return nil, fmt.Errorf("blob %.70q of %d bytes", hash, size)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second+time.Duration(size>>20)*100*time.Millisecond)
	defer cancel()
	o, err := s.bucket.Get(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	defer o.Close()
	info, err := o.Info()
	if err != nil {
		return nil, err
	}
	if info.Size != uint64(size) {
		return nil, fmt.Errorf("fetching %.12s from %s: it has %d bytes, want %d", hash, s.name, info.Size, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(o, b); err != nil {
		return nil, fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	if Hash(b) != hash {
		return nil, fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, errDigest)
	}
	return b, nil
}

// Delete removes a blob.
func (s *Store) Delete(ctx context.Context, hash string) error { return s.bucket.Delete(ctx, hash) }

// Small returns a blob of at most limit bytes, whose size is not known.
func (s *Store) Small(ctx context.Context, hash string, limit int64) ([]byte, error) {
	if !protocol.IsHash(hash) {
		return nil, fmt.Errorf("blob %.70q", hash)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	info, err := s.bucket.GetInfo(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	if info.Size > uint64(limit) {
		return nil, fmt.Errorf("fetching %.12s from %s: it has %d bytes, at most %d are expected", hash, s.name, info.Size, limit)
	}
	return s.Get(ctx, hash, int64(info.Size))
}
