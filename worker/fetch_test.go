package worker

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/internal/await"
	"braid/protocol"
	"braid/transport"
)

// store is a server with an object store, and a connection to it.
func store(t *testing.T) (*transport.Conn, *transport.Store) {
	t.Helper()
	s, err := transport.ListenTest(transport.TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	conn, err := transport.Connect(t.Context(), transport.Config{URL: s.URL(), Wait: await.Limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	blobs, err := conn.MakeStore(t.Context(), protocol.DefaultFleet, transport.Keeping{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	return conn, blobs
}

func put(t *testing.T, s *transport.Store, blob []byte) protocol.Item {
	t.Helper()
	hash, err := s.Put(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Item{Name: "job", Hash: hash, Size: int64(len(blob))}
}

// A file of the cache is used only if it has its hash; else the blob is fetched, and the file replaced.
func TestAlteredBlobIsFetchedAgain(t *testing.T) {
	_, s := store(t)
	blob := bytes.Repeat([]byte("word "), 1000)
	item := put(t, s, blob)
	c := cache{filepath.Join(t.TempDir(), "cache")}
	file := filepath.Join(c.dir, item.Hash)
	altered := bytes.Clone(blob)
	altered[700] ^= 1
	for _, found := range []struct {
		name string
		b    []byte // nil: nothing lies there
	}{{"nothing", nil}, {"altered", altered}, {"torn", blob[:100]}, {"empty", []byte{}},
		{"longer", append(bytes.Clone(blob), 0)}} {
		t.Run(found.name, func(t *testing.T) {
			if found.b != nil {
				if err := os.WriteFile(file, found.b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := c.get(t.Context(), s, item); err != nil || !bytes.Equal(got, blob) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, blob) {
				t.Errorf("the cache holds %d bytes, %v", len(b), err)
			}
		})
	}
	if err := s.Delete(t.Context(), item.Hash); err != nil {
		t.Fatal(err)
	}
	if got, err := c.get(t.Context(), s, item); err != nil || !bytes.Equal(got, blob) {
		t.Errorf("what lies in the cache is fetched all the same: %v", err)
	}
	if err := os.WriteFile(file, altered, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.get(t.Context(), s, item); err == nil {
		t.Error("an altered blob is believed")
	}
}

// A cache that cannot be written costs speed only.
func TestCacheThatCannotBeWritten(t *testing.T) {
	_, s := store(t)
	item := put(t, s, []byte("blob"))
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := (cache{filepath.Join(file, "below")}).get(t.Context(), s, item); err != nil || string(got) != "blob" {
		t.Errorf("%q, %v", got, err)
	}
}

// Fetching fails early, with a reason and without allocating the sizes claimed, if the items of a Welcome are
// impossible.
func TestFetchIsBounded(t *testing.T) {
	conn, s := store(t)
	manifest := func(items ...protocol.Item) string {
		return put(t, s, protocol.Manifest(items).Text()).Hash
	}
	garbage := put(t, s, []byte("no job"))
	large := garbage
	large.Size = protocol.MaxBlob
	tooLarge := garbage
	tooLarge.Size = protocol.MaxBlob + 1
	missing := garbage
	missing.Hash = strings.Repeat("0", 64)
	for _, c := range []struct{ name, manifest, says string }{
		{"no hash", "../../etc/passwd", "blob"},
		{"no such manifest", missing.Hash, "fetching"},
		{"manifest too large", put(t, s, make([]byte, protocol.MaxManifest+1)).Hash, "at most"},
		{"no manifest at all", garbage.Hash, "manifest:1"},
		{"blob beyond the bound", manifest(tooLarge), "size"},
		{"no job", manifest(protocol.Item{Name: "vocab", Hash: garbage.Hash, Size: garbage.Size}), "names no job"},
		{"size of another", manifest(large), "size"},
		{"missing blob", manifest(missing), "fetching"},
		{"job that is none", manifest(garbage), "job"},
	} {
		t.Run(c.name, func(t *testing.T) {
			begin := time.Now()
			config := Config{Fleet: protocol.DefaultFleet, Cache: t.TempDir()}
			_, err := fetch(t.Context(), conn, config, protocol.Welcome{Manifest: c.manifest})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v, not %q", err, c.says)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
