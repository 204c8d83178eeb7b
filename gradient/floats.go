package gradient

import (
	"encoding/binary"
	"math"
	"unsafe"

	"braid/internal/kernel"
)

// littleEndian reports whether floats have the same form in memory and in messages.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// AppendFloats appends x as little-endian float32 or bfloat16.
func AppendFloats(dst []byte, x []float32, p Precision) []byte {
	n := len(dst)
	dst = grown(dst, n+p.Bytes()*len(x))
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

// ReadFloats fills x from the front of b. Panics if b is shorter.
func ReadFloats(x []float32, b []byte, p Precision) {
	b = b[:p.Bytes()*len(x)]
	switch {
	case p == BF16:
		kernel.FromBF16(x, b)
	case littleEndian && len(x) > 0:
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)), b)
	default:
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
}
