package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
)

// RoundBF16 rounds x to bfloat16, nearest even; a NaN stays a NaN.
func RoundBF16(x []float32) { active.roundBF16(x) }

// Split rounds the update from before to p. It sets added to p - before rounded to
// bfloat16, p to before + added, and rest to the residual: the old p minus the new p.
func Split(p, before, rest, added []float32) {
	checkLength("Split: before", before, len(p))
	checkLength("Split: rest", rest, len(p))
	checkLength("Split: added", added, len(p))
	active.split(p, before, rest, added)
}

// ToBF16 rounds x to bfloat16, nearest even, two bytes each, little endian.
// dst has 2·len(x) bytes.
func ToBF16(dst []byte, x []float32) {
	if len(dst) != 2*len(x) {
		panic(fmt.Sprintf("kernel: ToBF16: %d bytes for %d elements", len(dst), len(x)))
	}
	active.toBF16(dst, x)
}

// FromBF16 converts back from the format of ToBF16. It is exact.
func FromBF16(dst []float32, src []byte) {
	if len(src) != 2*len(dst) {
		panic(fmt.Sprintf("kernel: FromBF16: %d bytes for %d elements", len(src), len(dst)))
	}
	active.fromBF16(dst, src)
}

// bf16 rounds v to bfloat16 and returns its bits, the upper half of a float32.
func bf16(v float32) uint16 {
	u := math.Float32bits(v)
	if v != v {
		return uint16(u>>16) | 0x40
	}
	return uint16((u + 0x7fff + u>>16&1) >> 16)
}

func roundBF16Go(x []float32) {
	for i, v := range x {
		x[i] = math.Float32frombits(uint32(bf16(v)) << 16)
	}
}

func splitGo(p, before, rest, added []float32) {
	for i, goal := range p {
		added[i] = math.Float32frombits(uint32(bf16(goal-before[i])) << 16)
		p[i] = before[i] + added[i]
		rest[i] = goal - p[i]
	}
}

func toBF16Go(dst []byte, x []float32) {
	for i, v := range x {
		binary.LittleEndian.PutUint16(dst[2*i:], bf16(v))
	}
}

func fromBF16Go(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}
