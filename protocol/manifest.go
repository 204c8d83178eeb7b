package protocol

import (
	"fmt"
	"strconv"
	"strings"
)

// Manifest lists the items that a worker fetches. It is stored under its hash, with one line for each item:
// "name sha256 bytes".
type Manifest []Item

// Item is a blob. Names are job, vocab, labels.3, train.0 and the like.
type Item struct {
	Name string
	Hash string // SHA-256, hex
	Size int64
}

// Bounds of the items that a worker fetches, in bytes.
const (
	MaxManifest = 1 << 20
	MaxBlob     = 4 << 30
	maxItems    = 4096 // of a manifest
)

// Text is the manifest as bytes.
func (m Manifest) Text() []byte {
	var b strings.Builder
	for _, i := range m {
		fmt.Fprintf(&b, "%s %s %d\n", i.Name, i.Hash, i.Size)
	}
	return []byte(b.String())
}

// ParseManifest is the inverse of Text; any bytes are safe.
func ParseManifest(b []byte) (Manifest, error) {
	if len(b) > MaxManifest {
		return nil, fmt.Errorf("manifest of %d bytes", len(b))
	}
	var m Manifest
	for n, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		f := strings.Split(line, " ")
		if len(f) != 3 || f[0] == "" || len(f[0]) > maxName || !IsHash(f[1]) {
			return nil, fmt.Errorf("manifest:%d: not a name, a hash and a size", n+1)
		}
		size, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil || size < 0 || size > MaxBlob {
			return nil, fmt.Errorf("manifest:%d: size %q", n+1, f[2])
		}
		if m = append(m, Item{f[0], f[1], size}); len(m) > maxItems {
			return nil, fmt.Errorf("manifest has more than %d items", maxItems)
		}
	}
	return m, nil
}

// Find returns the item of a name.
func (m Manifest) Find(name string) (Item, bool) {
	for _, i := range m {
		if i.Name == name {
			return i, true
		}
	}
	return Item{}, false
}

// IsHash reports whether s is a SHA-256 in lower-case hex.
func IsHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
