package protocol

import (
	"errors"
	"fmt"
)

// Bounds of a chunk's bytes.
const (
	MinChunk = 256 << 10
	MaxChunk = 512 << 10
)

// ChunkSize is what a server with a max_payload lets a message carry.
func ChunkSize(maxPayload int64) (int, error) {
	if maxPayload < MinChunk+Overhead {
		return 0, fmt.Errorf("the NATS server's max_payload is %d bytes, Braid needs %d: set max_payload: 1MB in its configuration", maxPayload, MinChunk+Overhead)
	}
	return int(min(maxPayload-Overhead, MaxChunk)), nil
}

// MaxParts is how many chunks a whole may have: 4 GiB of the smallest.
const MaxParts = 16 << 10

var errPart = errors.New("chunk is of another whole than the ones before it")

// Tally notes which chunks of a whole came, in any order; doubles are harmless. The zero
// value awaits the first chunk.
type Tally struct {
	have  []bool
	count int
	total int // once the last is known
}

// Reset forgets the chunks so far.
func (t *Tally) Reset() { t.have, t.count, t.total = t.have[:0], 0, 0 }

// Begun says whether a chunk came.
func (t *Tally) Begun() bool { return t.count > 0 }

// Add takes a chunk: fresh if it is no double, whole if none is missing any more.
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
