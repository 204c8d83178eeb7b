package protocol

import (
	"encoding/binary"
	"fmt"
)

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
