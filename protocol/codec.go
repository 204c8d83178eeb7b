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

// castagnoli is CRC-32C: some 20 GB/s in hardware. TCP's own checksum of 16 bits lets one
// damaged packet in 65,536 pass, and a proxy that damages what it carries all of them.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers all of a frame but itself.
func checksum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:checksumAt], castagnoli), castagnoli, frame[prefix:])
}

// ErrDamaged is what decoding gives for a frame that changed on its way: nobody knows what
// it said. What it was is asked for again.
var ErrDamaged = errors.New("frame was damaged on its way: its checksum is another")

// MaxHeader bounds a header, and with it every string and []byte of a message.
const MaxHeader = 1<<16 - 1

// Overhead is room for prefix and header beside a chunk; message headers of NATS count
// towards its limit too.
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

// Room is how many bytes must lie before a chunk that Window frames.
const Room = 256

// Window frames a chunk where it lies, buf[lo:hi], and hands the frame to send: a large
// chunk is not copied. The frame's beginning is written over the bytes before lo, which are
// as they were when Window returns; send must not keep the frame.
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

// Frame returns the frame of a message without a body. Panics if it does not fit, which is
// the sender's mistake: messages have room for what their fields may hold.
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

// Decode reads a frame. The body is a window of b. Any b is safe: what it allocates is
// bounded by what b holds.
func Decode(b []byte) (m Message, body []byte, err error) {
	if len(b) < prefix {
		return nil, nil, ErrDamaged // an empty one, too: NATS may deliver it where a connection breaks
	}
	// The prefix is that of every version: a version is believed only if the frame is whole.
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
