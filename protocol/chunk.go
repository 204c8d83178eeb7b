package protocol

import (
	"errors"
	"fmt"
)

// Bounds of a chunk, in bytes.
const (
	MinChunk = 256 << 10
	MaxChunk = 512 << 10
)

// ChunkSize returns the largest chunk, in bytes, for a server with a max_payload.
func ChunkSize(maxPayload int64) (int, error) {
	if maxPayload < MinChunk+Overhead {
		return 0, fmt.Errorf("the NATS server's max_payload is %d bytes, Braid needs %d: "+
			"set max_payload: 1MB in its configuration", maxPayload, MinChunk+Overhead)
	}
	return int(min(maxPayload-Overhead, MaxChunk)), nil
}

// MaxParts is how many chunks a whole may have: 4 GiB of the smallest.
const MaxParts = 16 << 10

var errPart = errors.New("chunk is of another whole than the ones before it")

// Tally records which chunks of a whole have arrived, in any order. Repeated chunks are harmless. The zero value is
// ready to use.
type Tally struct {
	have  []bool
	count int
	total int // once the last is known
}

// Reset clears the tally.
func (t *Tally) Reset() { t.have, t.count, t.total = t.have[:0], 0, 0 }

// Begun reports whether a chunk has arrived.
func (t *Tally) Begun() bool { return t.count > 0 }

// Add records a chunk. fresh reports that the chunk is not a repeated one, whole that no chunk is missing any more.
func (t *Tally) Add(p Part) (fresh, whole bool, err error) {
	if p.Index >= MaxParts {
		return false, false, fmt.Errorf("chunk %d, a whole has %d at most", p.Index, MaxParts)
	}
	i := int(p.Index)
	if t.total > 0 && (i >= t.total || p.Last != (i == t.total-1)) || p.Last && i+1 < len(t.have) {
		return false, false, errPart
	}
	if p.Last {
		t.total = i + 1
	}
	for len(t.have) <= i {
		t.have = append(t.have, false)
	}
	if t.have[i] {
		return false, false, nil
	}
	t.have[i] = true
	t.count++
	return true, t.count == t.total, nil
}
