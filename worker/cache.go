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

// cache keeps blobs on disk under their hash. What it holds is checked when it is read, so
// a torn or altered file is only fetched again; a full disk costs speed, not the run.
type cache struct{ dir string }

// get returns a blob from the disk, or from the store and then from the disk next time.
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
