package worker

import (
	"context"
	"os"
	"path/filepath"

	"braid/internal/regular"
	"braid/protocol"
	"braid/transport"

	"github.com/google/renameio/v2"
)

// cache keeps blobs on disk under their hash. Files are checked when they are read: a truncated or altered file is
// fetched again. If the disk is full, blobs are fetched each time.
type cache struct{ dir string }

// get returns a blob from the disk, or else from the store; the blob is then written to the disk.
func (c cache) get(ctx context.Context, store *transport.Store, i protocol.Item) ([]byte, error) {
	if c.dir == "" {
		return store.Get(ctx, i.Hash, i.Size)
	}
	file := filepath.Join(c.dir, i.Hash)
	if info, err := os.Stat(file); err == nil && info.Size() == i.Size {
		if b, err := regular.Read(file, i.Size); err == nil && transport.Hash(b) == i.Hash {
			return b, nil
		}
	}
	b, err := store.Get(ctx, i.Hash, i.Size)
	if err == nil && os.MkdirAll(c.dir, 0o755) == nil {
		_ = renameio.WriteFile(file, b, 0o644)
	}
	return b, err
}
