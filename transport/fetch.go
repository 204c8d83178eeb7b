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

var (
	errDigest = errors.New("blob does not have its hash")
	errSize   = errors.New("blob does not have its size")
	errLost   = errors.New("NATS has lost a part of the blob")
)

// Damaged reports whether an error of Get, GetTo or Small is permanent: the blob is missing, incomplete
// or altered. A retry does not help.
func Damaged(err error) bool {
	for _, permanent := range []error{errDigest, errSize, errLost, jetstream.ErrObjectNotFound,
		jetstream.ErrDigestMismatch} {
		if errors.Is(err, permanent) {
			return true
		}
	}
	return false
}

// Get returns a blob of known size and checks its hash.
func (s *Store) Get(ctx context.Context, hash string, size int64) ([]byte, error) {
	b := new(bytes.Buffer)
	err := s.GetTo(ctx, hash, size, b)
	return b.Bytes(), err
}

// GetTo writes a blob of known size to w. If GetTo fails, w may have received up to size wrong bytes.
func (s *Store) GetTo(ctx context.Context, hash string, size int64, w io.Writer) error {
	if !protocol.IsHash(hash) || size < 0 || size > protocol.MaxBlob {
		return fmt.Errorf("blob %.70q of %d bytes: %w", hash, size, errSize)
	}
	ctx, cancel := context.WithTimeout(ctx, Patience(size))
	defer cancel()
	watched, stop := s.watch(ctx)
	defer stop()
	o, err := s.bucket.Get(watched.ctx, s.prefix+hash)
	if err != nil {
		return fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	defer o.Close()
	info, err := o.Info()
	if err != nil {
		return err
	}
	if info.Size != uint64(size) {
		return fmt.Errorf("fetching %.12s from %s: it has %d bytes, want %d: %w", hash, s.name, info.Size, size, errSize)
	}
	if err := s.checkChunks(ctx, hash, info); err != nil {
		return err
	}
	if b, ok := w.(*bytes.Buffer); ok {
		b.Grow(int(size))
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(w, sum, watched), o, size); err != nil {
		if watched.lost.Load() {
			err = errLost
		}
		return fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != hash {
		return fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, errDigest)
	}
	return nil
}

// Small returns a blob of unknown size, at most limit bytes.
func (s *Store) Small(ctx context.Context, hash string, limit int64) ([]byte, error) {
	if !protocol.IsHash(hash) {
		return nil, fmt.Errorf("blob %.70q", hash)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	info, err := s.bucket.GetInfo(ctx, s.prefix+hash)
	if err != nil {
		return nil, fmt.Errorf("fetching %.12s from %s: %w", hash, s.name, err)
	}
	if info.Size > uint64(limit) {
		return nil, fmt.Errorf("fetching %.12s from %s: it has %d bytes, at most %d are expected: %w", hash, s.name,
			info.Size, limit, errSize)
	}
	return s.Get(ctx, hash, int64(info.Size))
}

// Patience is the time limit of one blob's transfer: 30 s and 100 ms for each MiB.
func Patience(size int64) time.Duration {
	return 30*time.Second + time.Duration(size>>20)*100*time.Millisecond
}
