package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// prefix is kind, version, header length and checksum.
const (
	prefix     = 8
	checksumAt = 4
)

// castagnoli is the table of CRC-32C, about 20 GB/s in hardware. TCP's checksum of 16 bits misses one damaged packet in
// 65,536, and all damage that a proxy does.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the frame without the checksum itself.
func checksum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:checksumAt], castagnoli), castagnoli, frame[prefix:])
}

// ErrDamaged is returned by Decode if the frame's checksum does not match. The sender retransmits; no action is needed.
var ErrDamaged = errors.New("frame was damaged in transit: its checksum does not match")

// MaxHeader bounds a header, in bytes, and with it every string and []byte of a message.
const MaxHeader = 1<<16 - 1

// Overhead is the room, in bytes, for prefix, header and message headers of NATS in addition to a chunk.
const Overhead = 4096

// Append appends the frame of a message with its body.
func Append(dst []byte, m Message, body []byte) ([]byte, error) {
	header, err := encode(m)
	if err != nil {
		return dst, err
	}
	begin := len(dst)
	dst = append(dst, m.kind(), Version)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(header)))
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, header...)
	dst = append(dst, body...)
	frame := dst[begin:]
	binary.LittleEndian.PutUint32(frame[checksumAt:], checksum(frame))
	return dst, nil
}

// Room is how many bytes must precede a chunk that Window frames.
const Room = 256

// Window frames the chunk buf[lo:hi] in place, without a copy, and passes the frame to send. The beginning of the frame
// overwrites the bytes before lo; Window restores them before it returns. send must not keep the frame.
func Window(buf []byte, lo, hi int, m Message, send func(frame []byte) error) error {
	header, err := encode(m)
	if err != nil {
		return err
	}
	n := prefix + len(header)
	if n > Room || n > lo {
		return fmt.Errorf("a frame of %T begins with %d bytes, there is room for %d", m, n, min(lo, Room))
	}
	var was [Room]byte
	frame := buf[lo-n : hi]
	copy(was[:n], frame)
	frame[0], frame[1] = m.kind(), Version
	binary.LittleEndian.PutUint16(frame[2:], uint16(len(header)))
	copy(frame[prefix:], header)
	binary.LittleEndian.PutUint32(frame[checksumAt:], checksum(frame))
	err = send(frame)
	copy(frame, was[:n])
	return err
}

// Frame returns the frame of a message without a body. Panics if the header is too large: then a field exceeds its
// bound.
func Frame(m Message) []byte {
	b, err := Append(nil, m, nil)
	if err != nil {
		panic(err)
	}
	return b
}

func encode(m Message) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.GetEncoder()
	defer msgpack.PutEncoder(e)
	e.Reset(&b)
	e.UseArrayEncodedStructs(true)
	e.UseCompactInts(true)
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("encoding %T: %w", m, err)
	}
	if b.Len() > MaxHeader {
		return nil, fmt.Errorf("encoding %T: %d bytes, at most %d fit", m, b.Len(), MaxHeader)
	}
	return b.Bytes(), nil
}

// Decode reads a frame. The body is a part of b. Any b is safe: allocations are bounded by the length of b.
func Decode(b []byte) (m Message, body []byte, err error) {
	if len(b) < prefix {
		return nil, nil, ErrDamaged // NATS may deliver an empty message when a connection breaks
	}
	// The prefix is the same in every version. The version is trusted only if the checksum matches.
	if binary.LittleEndian.Uint32(b[checksumAt:]) != checksum(b) {
		return nil, nil, ErrDamaged
	}
	if b[1] != Version {
		return nil, nil, &VersionError{Theirs: b[1]}
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if len(b) < prefix+n {
		return nil, nil, fmt.Errorf("frame of %d bytes: its header claims %d", len(b), n)
	}
	if m = fresh(b[0]); m == nil {
		return nil, nil, fmt.Errorf("frame of unknown kind %d", b[0])
	}
	header := b[prefix : prefix+n]
	if err := checkHeader(header, m); err != nil {
		return nil, nil, fmt.Errorf("%T: %w", m, err)
	}
	d := msgpack.GetDecoder()
	defer msgpack.PutDecoder(d)
	r := bytes.NewReader(header)
	d.Reset(r)
	if err := d.Decode(m); err != nil {
		return nil, nil, fmt.Errorf("%T: %w", m, err)
	}
	if _, err := d.PeekCode(); err != io.EOF {
		return nil, nil, fmt.Errorf("%T: bytes after the header", m)
	}
	return m, b[prefix+n:], nil
}
