package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"braid/internal/regular"
)

// Limits of files.
const (
	maxText   = 256 << 20 // bytes of the job, the labels or the vocabulary
	maxSums   = 4 << 10   // bytes of sumsFile
	maxHeader = 1 << 20   // bytes of the weights file in addition to its numbers
)

// sum returns the SHA-256 of b in hex.
func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// broken is the error of a file that has changed since it was written.
func broken(path, format string, args ...any) error {
	return fmt.Errorf("%s: %w: copy the whole directory again", path, fmt.Errorf(format, args...))
}

// readAtMost reads a file of at most limit bytes.
func readAtMost(path string, limit int64) ([]byte, error) {
	b, err := regular.Read(path, limit)
	switch cause := errors.Unwrap(err); {
	case errors.Is(err, regular.ErrTooLarge):
		return nil, broken(path, "more than the %d bytes that it can have", limit)
	case cause != nil:
		return nil, broken(path, "%w", cause)
	}
	return b, err
}

// readFile reads a file of at most limit bytes whose SHA-256 is want.
func readFile(path string, limit int64, want string) ([]byte, error) {
	b, err := readAtMost(path, limit)
	if err != nil {
		return nil, err
	}
	if got := sum(b); got != want {
		return nil, broken(path, "its SHA-256 is %.12s, in %s it is %.12s", got, sumsFile, want)
	}
	return b, nil
}

// readSums reads a list in the format of sha256sum: all files of summed and no other.
func readSums(path string) (map[string]string, error) {
	text, err := readAtMost(path, maxSums)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		hash, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !slices.Contains(summed, name) {
			return nil, broken(path, "a line %.80q", line)
		}
		sums[name] = hash
	}
	if len(sums) != len(summed) {
		return nil, broken(path, "%d of %d files", len(sums), len(summed))
	}
	return sums, nil
}
