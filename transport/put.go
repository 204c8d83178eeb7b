package transport

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Put stores a blob and returns its hash. A blob that the store already has is not sent.
func (s *Store) Put(ctx context.Context, blob []byte) (string, error) {
	hash := Hash(blob)
	return hash, s.PutFrom(ctx, hash, int64(len(blob)), bytes.NewReader(blob))
}

// PutFrom is Put for a blob whose hash is known. PutFrom reads r only if the store lacks the blob, and
// stores nothing if the bytes of r have another hash.
func (s *Store) PutFrom(ctx context.Context, hash string, size int64, r io.Reader) error {
	if s.Check(ctx, hash, size) == nil {
		return nil
	}
	return s.Replace(ctx, hash, size, r)
}

// Check returns nil if the store has a blob with all its chunks. Check does not read the chunks.
func (s *Store) Check(ctx context.Context, hash string, size int64) error {
	info, err := s.bucket.GetInfo(ctx, s.prefix+hash)
	if err != nil {
		return fmt.Errorf("looking for %.12s in %s: %w", hash, s.name, err)
	}
	if info.Size != uint64(size) || !digestIs(info, hash) {
		return fmt.Errorf("looking for %.12s in %s: %w", hash, s.name, errDigest)
	}
	return s.checkChunks(ctx, hash, info)
}

// checkChunks compares the number of stored chunks with the number that the blob has. NATS does not
// report a lost chunk: a reader would wait for it.
func (s *Store) checkChunks(ctx context.Context, hash string, info *jetstream.ObjectInfo) error {
	subject := "$O." + s.name + ".C." + info.NUID
	subjects, err := s.subjects(ctx, subject)
	if err != nil {
		return err
	}
	if n := subjects[subject]; n != uint64(info.Chunks) {
		return fmt.Errorf("fetching %.12s from %s: the server has %d of %d chunks: %w", hash, s.name, n, info.Chunks, errLost)
	}
	return nil
}

// settle is how long a cancelled Replace waits for the server's answers to the messages that it has sent.
const settle = 2 * time.Second

// Replace stores a blob and overwrites any blob with the same name. If ctx ends, Replace stops reading r, waits up to
// settle for the server's answers, and removes the part that is stored. So the server does not store the blob after
// Replace has returned: a caller that then lists the store sees the last of it.
func (s *Store) Replace(ctx context.Context, hash string, size int64, r io.Reader) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storing %d bytes in %s: %w", size, s.name, err)
	}
	sending, cancel := settling(ctx)
	defer cancel()
	info, err := s.bucket.Put(sending, jetstream.ObjectMeta{
		// Larger chunks are read several times faster than the default of 128 KiB.
		Name: s.prefix + hash, Opts: &jetstream.ObjectMetaOptions{ChunkSize: protocol.MinChunk},
	}, untilDone{ctx, r})
	if err != nil {
		return fmt.Errorf("storing %d bytes in %s: %w", size, s.name, err)
	}
	if info.Size != uint64(size) || !digestIs(info, hash) {
		return errors.Join(fmt.Errorf("storing %.12s in %s: %w", hash, s.name, errDigest), s.Delete(sending, hash))
	}
	return nil
}

// settling returns a context that ends settle after ctx. It has a deadline if ctx has one, since nats.go replaces a
// missing deadline by a short limit for each message.
func settling(ctx context.Context) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if at, has := ctx.Deadline(); has {
		cancel()
		own, cancel = context.WithDeadline(context.WithoutCancel(ctx), at.Add(settle))
	}
	ended := context.AfterFunc(ctx, func() {
		select {
		case <-own.Done():
		case <-time.After(settle):
			cancel()
		}
	})
	return own, func() { ended(); cancel() }
}

// untilDone is a reader that fails once its context has ended.
type untilDone struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (r untilDone) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// digestIs compares the digest that NATS computed while it stored a blob with a hash.
func digestIs(info *jetstream.ObjectInfo, hash string) bool {
	sum, err := jetstream.DecodeObjectDigest(info.Digest)
	return err == nil && hex.EncodeToString(sum) == hash
}
