package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"braid/protocol"

	"github.com/nats-io/nats.go/jetstream"
)

// Store keeps blobs under their SHA-256 in an object store.
type Store struct {
	bucket jetstream.ObjectStore
	conn   *Conn
	js     jetstream.JetStream
	name   string
	prefix string // of the names of blobs: "", or the part's
}

// Hash is the name of a blob: its SHA-256 in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// MakeStore returns the fleet's store and makes it if it is not there.
func (conn *Conn) MakeStore(ctx context.Context, fleet protocol.Fleet, k Keeping) (s *Store, err error) {
	if err := conn.NeedJetStream(ctx); err != nil {
		return nil, err
	}
	err = conn.patiently(ctx, "the object store", func(ctx context.Context) error {
		s, err = conn.EnsureStore(ctx, fleet, k)
		return err
	})
	return s, err
}

// EnsureStore is MakeStore without waiting.
func (conn *Conn) EnsureStore(ctx context.Context, fleet protocol.Fleet, k Keeping) (*Store, error) {
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
	return &Store{bucket: b, conn: conn, js: conn.js, name: fleet.Bucket()}, nil
}

// RebuildStore deletes the fleet's store and makes it anew. A server that met damaged files may
// acknowledge what is stored and not find it again.
func (conn *Conn) RebuildStore(ctx context.Context, fleet protocol.Fleet, k Keeping) (*Store, error) {
	if err := conn.js.DeleteStream(ctx, "OBJ_"+fleet.Bucket()); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("%s: deleting the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return conn.EnsureStore(ctx, fleet, k)
}

// OpenStore returns the fleet's store, which must be there.
func (conn *Conn) OpenStore(ctx context.Context, fleet protocol.Fleet) (*Store, error) {
	b, err := conn.js.ObjectStore(ctx, fleet.Bucket())
	if err != nil {
		return nil, fmt.Errorf("%s: opening the object store %s: %w", conn.url, fleet.Bucket(), err)
	}
	return &Store{bucket: b, conn: conn, js: conn.js, name: fleet.Bucket()}, nil
}

// Part returns a part of the store with blobs of its own: what is deleted in one part is
// still there in another, though it has the same hash.
func (s *Store) Part(name string) *Store {
	part := *s
	part.prefix = s.prefix + name + "/"
	return &part
}

// Put stores a blob and returns its hash. One that is there already is not sent again.
func (s *Store) Put(ctx context.Context, blob []byte) (string, error) {
	hash := Hash(blob)
	return hash, s.PutFrom(ctx, hash, int64(len(blob)), bytes.NewReader(blob))
}

// PutFrom is Put for a blob whose hash is known already. It reads r only if the blob is
// not there, and leaves nothing when r turns out to be something else.
func (s *Store) PutFrom(ctx context.Context, hash string, size int64, r io.Reader) error {
	if s.Check(ctx, hash, size) == nil {
		return nil
	}
	return s.Replace(ctx, hash, size, r)
}

// Check says whether a blob is there with all its chunks, without reading them.
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

// checkChunks compares the number of chunks that are there with that of the blob: of those
// that are lost NATS says nothing, and a reader would wait for them.
func (s *Store) checkChunks(ctx context.Context, hash string, info *jetstream.ObjectInfo) error {
	subject := "$O." + s.name + ".C." + info.NUID
	stream, err := s.js.Stream(ctx, "OBJ_"+s.name)
	if err != nil {
		return err
	}
	state, err := stream.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return err
	}
	if n := state.State.Subjects[subject]; n != uint64(info.Chunks) {
		return fmt.Errorf("fetching %.12s from %s: %d of %d chunks are there: %w", hash, s.name, n, info.Chunks, errLost)
	}
	return nil
}

// Replace stores a blob whatever is there under its hash.
func (s *Store) Replace(ctx context.Context, hash string, size int64, r io.Reader) error {
	info, err := s.bucket.Put(ctx, jetstream.ObjectMeta{
		// Larger chunks are read several times faster than the default of 128 KiB.
		Name: s.prefix + hash, Opts: &jetstream.ObjectMetaOptions{ChunkSize: protocol.MinChunk},
	}, r)
	if err != nil {
		return fmt.Errorf("storing %d bytes in %s: %w", size, s.name, err)
	}
	if info.Size != uint64(size) || !digestIs(info, hash) {
		return errors.Join(fmt.Errorf("storing %.12s in %s: %w", hash, s.name, errDigest), s.Delete(ctx, hash))
	}
	return nil
}

// digestIs says that what was stored has a hash, by the sum that NATS took on the way.
func digestIs(info *jetstream.ObjectInfo, hash string) bool {
	sum, err := jetstream.DecodeObjectDigest(info.Digest)
	return err == nil && hex.EncodeToString(sum) == hash
}

var (
	errDigest = errors.New("blob does not have its hash")
	errSize   = errors.New("blob does not have its size")
	errLost   = errors.New("NATS has lost a part of the blob")
)

// Damaged says of an error of Get, GetTo or Small that there is no use in another
// attempt: the blob is missing or is not what it should be.
func Damaged(err error) bool {
	return errors.Is(err, errDigest) || errors.Is(err, errSize) || errors.Is(err, errLost) || errors.Is(err, jetstream.ErrObjectNotFound) ||
		errors.Is(err, jetstream.ErrDigestMismatch)
}

// Get returns a blob of known size; it has its hash, or there is an error.
func (s *Store) Get(ctx context.Context, hash string, size int64) ([]byte, error) {
	b := new(bytes.Buffer)
	err := s.GetTo(ctx, hash, size, b)
	return b.Bytes(), err
}

// GetTo writes a blob of known size to w. After an error w has got anything, but no more
// than size bytes.
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

// Patience is how long a blob may be on its way.
func Patience(size int64) time.Duration {
	return 30*time.Second + time.Duration(size>>20)*100*time.Millisecond
}

// Delete removes a blob, without the marker that NATS leaves: of one for every old
// checkpoint there would be no end.
func (s *Store) Delete(ctx context.Context, hash string) error {
	if err := s.bucket.Delete(ctx, s.prefix+hash); err != nil {
		return fmt.Errorf("deleting %.12s from %s: %w", hash, s.name, err)
	}
	stream, err := s.js.Stream(ctx, "OBJ_"+s.name)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject("$O."+s.name+".M."+base64.URLEncoding.EncodeToString([]byte(s.prefix+hash))))
}

// Blob is the name of a blob, with that of its part before a slash, and its size.
type Blob struct {
	Name string
	Size int64
}

// Blobs lists all that is in the store.
func (s *Store) Blobs(ctx context.Context) ([]Blob, error) {
	all, err := s.bucket.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("listing %s: %w", s.name, err)
	}
	var blobs []Blob
	for _, info := range all {
		if name, ok := strings.CutPrefix(info.Name, s.prefix); ok {
			blobs = append(blobs, Blob{name, int64(info.Size)})
		}
	}
	return blobs, nil
}

// KeepOnly deletes the blobs of a part but some. The whole store is never swept: it holds
// the data of jobs.
func (s *Store) KeepOnly(ctx context.Context, keep map[string]bool) error {
	if s.prefix == "" {
		return errors.New("transport: only a part of the store can be swept")
	}
	all, err := s.Blobs(ctx)
	if err != nil {
		return err
	}
	for _, blob := range all {
		if !keep[blob.Name] {
			if err := s.Delete(ctx, blob.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Small returns a blob of at most limit bytes, whose size is not known.
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
		return nil, fmt.Errorf("fetching %.12s from %s: it has %d bytes, at most %d are expected: %w", hash, s.name, info.Size, limit, errSize)
	}
	return s.Get(ctx, hash, int64(info.Size))
}
