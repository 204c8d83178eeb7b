package protocol

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// little says that memory is as the wire: numbers can be copied as bytes.
var little = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// PutFloats writes x to dst, little endian. Panics if dst is shorter than 4 len(x).
func PutFloats(dst []byte, x []float32) {
	if len(dst) < 4*len(x) {
		panic(fmt.Sprintf("protocol: %d floats into %d bytes", len(x), len(dst)))
	}
	if little && len(x) > 0 {
		copy(dst, unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)))
		return
	}
	for i, v := range x {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

// AppendFloats appends x, little endian.
func AppendFloats(dst []byte, x []float32) []byte {
	n := len(dst)
	dst = grow(dst, 4*len(x))
	PutFloats(dst[n:], x)
	return dst
}

func grow(b []byte, n int) []byte {
	if need := len(b) + n; need > cap(b) {
		larger := make([]byte, len(b), max(need, 2*cap(b)))
		copy(larger, b)
		b = larger
	}
	return b[:len(b)+n]
}

// Floats reads len(dst) numbers. Panics if src is shorter than that.
func Floats(dst []float32, src []byte) {
	if len(src) < 4*len(dst) {
		panic(fmt.Sprintf("protocol: %d bytes into %d floats", len(src), len(dst)))
	}
	if little && len(dst) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&dst[0])), 4*len(dst)), src)
		return
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

// AppendNumbers appends x, little endian.
func AppendNumbers(dst []byte, x []uint32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, v)
	}
	return dst
}

// Numbers reads as many numbers as b holds, at most limit.
func Numbers(b []byte, limit int) ([]uint32, error) {
	if len(b)%4 != 0 || len(b)/4 > limit {
		return nil, fmt.Errorf("%d bytes are not up to %d numbers", len(b), limit)
	}
	x := make([]uint32, len(b)/4)
	for i := range x {
		x[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return x, nil
}
