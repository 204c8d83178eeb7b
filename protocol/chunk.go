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

// Parts is how many chunks a whole of size bytes has; an empty whole is one empty chunk.
func Parts(size, chunk int) int { return max(1, (size+chunk-1)/chunk) }

// Split returns the i-th chunk of a whole and what it says of itself.
func Split(whole []byte, chunk, i int) (Part, []byte) {
	lo := min(i*chunk, len(whole))
	return Part{Index: uint32(i), Size: uint64(len(whole)), Chunk: uint32(chunk)}, whole[lo:min(lo+chunk, len(whole))]
}

// Joiner puts a whole together from its chunks, in any order; doubles are harmless. The
// zero value awaits the first chunk. Memory is kept from whole to whole.
type Joiner struct {
	part    Part
	buf     []byte
	have    []bool
	missing int
	started bool
}

// Reset forgets the chunks so far and keeps the memory.
func (j *Joiner) Reset() { j.started = false }

// Missing is how many chunks the whole still lacks; 0 before the first chunk too.
func (j *Joiner) Missing() int {
	if !j.started {
		return 0
	}
	return j.missing
}

var errPart = errors.New("chunk is of another whole than the ones before it")

// Add takes a chunk. When it is the last missing one the whole is returned; it is owned by
// j and valid until Reset. A whole above max bytes is refused before anything is allocated.
func (j *Joiner) Add(p Part, body []byte, max int) (whole []byte, err error) {
	if p.Size > uint64(max) {
		return nil, fmt.Errorf("chunk of a whole of %d bytes, at most %d are expected", p.Size, max)
	}
	if p.Chunk == 0 || p.Chunk > MaxChunk {
		return nil, fmt.Errorf("chunks of %d bytes, at most %d are allowed", p.Chunk, MaxChunk)
	}
	size, chunk := int(p.Size), int(p.Chunk)
	parts := Parts(size, chunk)
	if p.Index >= uint32(parts) {
		return nil, fmt.Errorf("chunk %d of %d", p.Index, parts)
	}
	lo := int(p.Index) * chunk
	if want := min(chunk, size-lo); len(body) != want {
		return nil, fmt.Errorf("chunk %d has %d bytes, want %d", p.Index, len(body), want)
	}
	if !j.started {
		j.start(p, size, parts)
	} else if p.Size != j.part.Size || p.Chunk != j.part.Chunk {
		return nil, errPart
	}
	if j.have[p.Index] {
		return nil, nil
	}
	j.have[p.Index] = true
	copy(j.buf[lo:], body)
	if j.missing--; j.missing > 0 {
		return nil, nil
	}
	return j.buf, nil
}

func (j *Joiner) start(p Part, size, parts int) {
	j.part, j.missing, j.started = p, parts, true
	if cap(j.buf) < size {
		j.buf = make([]byte, size)
	}
	j.buf = j.buf[:size]
	if cap(j.have) < parts {
		j.have = make([]bool, parts)
	}
	j.have = j.have[:parts]
	clear(j.have)
}
