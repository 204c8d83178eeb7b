package gradient

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"braid/internal/kernel"
)

// The binary form: per task the loss (two float64), then per group a tag byte and, for
// dense, the values; for rows, a uint32 count, the ids and the values. Little endian.
const (
	tagAbsent = 0
	tagDense  = 1
	tagRows   = 2
)

var errShort = errors.New("gradient: message ends early")

// Size is the number of bytes that AppendBinary adds.
func (g *Gradient) Size(p Precision) int {
	n := 16*len(g.Loss) + len(g.Dense)
	for i, d := range g.Dense {
		n += width(p) * len(d)
		if r := g.Rows[i]; len(r.IDs) > 0 {
			n += 4 + 4*len(r.IDs) + width(p)*len(r.Data)
		}
	}
	return n
}

func width(p Precision) int {
	if p == BF16 {
		return 2
	}
	return 4
}

// AppendBinary appends the gradient's bytes to dst. With BF16 the numbers must already be
// rounded, or the receiver has others.
func (g *Gradient) AppendBinary(dst []byte, p Precision) []byte {
	if need := g.Size(p); cap(dst)-len(dst) < need {
		dst = append(make([]byte, 0, len(dst)+need), dst...)
	}
	for _, l := range g.Loss {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(l.Sum))
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(l.Norm))
	}
	for i, d := range g.Dense {
		r := g.Rows[i]
		switch {
		case d != nil:
			dst = AppendFloats(append(dst, tagDense), d, p)
		case len(r.IDs) > 0:
			dst = binary.LittleEndian.AppendUint32(append(dst, tagRows), uint32(len(r.IDs)))
			for _, id := range r.IDs {
				dst = binary.LittleEndian.AppendUint32(dst, id)
			}
			dst = AppendFloats(dst, r.Data, p)
		default:
			dst = append(dst, tagAbsent)
		}
	}
	return dst
}

// littleEndian says that floats lie in memory as they travel.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// AppendFloats appends x as little-endian float32 or bfloat16.
func AppendFloats(dst []byte, x []float32, p Precision) []byte {
	n := len(dst)
	dst = grown(dst, n+width(p)*len(x))
	switch {
	case p == BF16:
		kernel.ToBF16(dst[n:], x)
	case littleEndian && len(x) > 0:
		copy(dst[n:], unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)))
	default:
		for i, v := range x {
			binary.LittleEndian.PutUint32(dst[n+4*i:], math.Float32bits(v))
		}
	}
	return dst
}

// ReadFloats fills x from the front of b and returns the rest.
func ReadFloats(x []float32, b []byte, p Precision) ([]byte, error) {
	n := width(p) * len(x)
	if len(b) < n {
		return nil, errShort
	}
	switch {
	case p == BF16:
		kernel.FromBF16(x, b[:n])
	case littleEndian && len(x) > 0:
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)), b)
	default:
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
	return b[n:], nil
}

// Decode reads a gradient into g, whose buffers are reused. Everything is checked
// against shape before it is allocated; an error leaves g unusable but safe to decode into.
func (g *Gradient) Decode(b []byte, shape Shape, p Precision) error {
	g.reset(shape)
	if len(b) < 16*shape.Tasks {
		return errShort
	}
	for i := range g.Loss {
		g.Loss[i] = Loss{math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))}
		b = b[16:]
	}
	for i := range shape.Dense {
		if len(b) == 0 {
			return errShort
		}
		tag := b[0]
		b = b[1:]
		var err error
		switch tag {
		case tagAbsent:
			g.Dense[i] = nil
		case tagDense:
			b, err = g.decodeDense(i, b, shape, p)
		case tagRows:
			b, err = g.Rows[i].decode(b, shape.Dim[i], shape.Rows[i], p)
			g.Dense[i] = nil
		default:
			err = fmt.Errorf("gradient: group %d has tag %d", i, tag)
		}
		if err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("gradient: %d bytes too many", len(b))
	}
	return nil
}

func (g *Gradient) decodeDense(i int, b []byte, shape Shape, p Precision) ([]byte, error) {
	n := shape.Dense[i]
	if n == 0 {
		return nil, fmt.Errorf("gradient: group %d is a table and came dense", i)
	}
	if len(b) < width(p)*n {
		return nil, errShort
	}
	g.Dense[i] = grown(g.Dense[i], n)
	return ReadFloats(g.Dense[i], b, p)
}

func (r *Rows) decode(b []byte, dim, limit int, p Precision) ([]byte, error) {
	if dim == 0 {
		return nil, errors.New("gradient: rows for a group that is no table")
	}
	if len(b) < 4 {
		return nil, errShort
	}
	n := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if n > limit || len(b) < n*(4+width(p)*dim) {
		return nil, fmt.Errorf("gradient: %d rows of a table of %d in %d bytes", n, limit, len(b))
	}
	r.Dim = dim
	r.IDs = grown(r.IDs, n)
	for i := range r.IDs {
		id := binary.LittleEndian.Uint32(b[4*i:])
		if int(id) >= limit || i > 0 && id <= r.IDs[i-1] {
			return nil, fmt.Errorf("gradient: row ids not ascending below %d", limit)
		}
		r.IDs[i] = id
	}
	r.Data = grown(r.Data, n*dim)
	return ReadFloats(r.Data, b[4*n:], p)
}

// reset gives g the shape's lengths, keeping buffers.
func (g *Gradient) reset(shape Shape) {
	g.Dense = grown(g.Dense, len(shape.Dense))
	g.Rows = grown(g.Rows, len(shape.Dense))
	g.Loss = grown(g.Loss, shape.Tasks)
	clear(g.Loss)
	for i := range g.Rows {
		g.Rows[i].IDs, g.Rows[i].Data = g.Rows[i].IDs[:0], g.Rows[i].Data[:0]
	}
}
