package gradient

import (
	"crypto/sha256"
	"hash/crc32"
	"unsafe"

	"braid/internal/kernel"
)

// Finite reports whether every loss and every number is finite.
func (g *Gradient) Finite() bool {
	for _, l := range g.Loss {
		if l.Sum-l.Sum != 0 || l.Weight-l.Weight != 0 {
			return false
		}
	}
	for _, d := range g.Dense {
		if !kernel.Finite(d) {
			return false
		}
	}
	for _, r := range g.Rows {
		if !kernel.Finite(r.Data) {
			return false
		}
	}
	return true
}

// Hash returns the SHA-256 of the gradient.
func (g *Gradient) Hash() [32]byte { return sha256.Sum256(g.AppendBinary(nil, F32)) }

// castagnoli is the table of CRC-32C, for which processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ChecksumFloats is the CRC-32C of numbers as little-endian float32.
func ChecksumFloats(x []float32) uint32 { return checksumWords(0, x) }

// Checksum is the CRC-32C of the row ids and their numbers.
func (r *Rows) Checksum() uint32 { return checksumWords(checksumWords(0, r.IDs), r.Data) }

// checksumWords continues a checksum with words of four bytes, little-endian.
func checksumWords[T uint32 | float32](crc uint32, x []T) uint32 {
	switch {
	case len(x) == 0:
		return crc
	case littleEndian:
		return crc32.Update(crc, castagnoli, unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)))
	}
	for _, w := range unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), len(x)) {
		crc = checksumWord(crc, uint64(w), 4)
	}
	return crc
}

// checksumWord continues a checksum with the lower bytes of w, little-endian. It uses the table,
// because an argument of crc32.Update escapes to the heap.
func checksumWord(crc uint32, w uint64, bytes int) uint32 {
	crc = ^crc
	for range bytes {
		crc = castagnoli[byte(crc)^byte(w)] ^ crc>>8
		w >>= 8
	}
	return ^crc
}

// Scale multiplies every number (not the losses) by factor.
func (g *Gradient) Scale(factor float32) {
	for i, d := range g.Dense {
		kernel.Scale(factor, d)
		kernel.Scale(factor, g.Rows[i].Data)
	}
}
