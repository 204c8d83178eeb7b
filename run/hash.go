package run

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"braid/nn"
)

// HashParams returns the SHA-256, in hex, of all parameters as little-endian float32 in their order.
func HashParams(ps *nn.ParamSet) string {
	sum := sha256.New()
	buf := make([]byte, 0, 1<<16)
	for _, g := range ps.Groups {
		for _, v := range g.Data {
			if len(buf) == cap(buf) {
				sum.Write(buf)
				buf = buf[:0]
			}
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
	}
	sum.Write(buf)
	return hex.EncodeToString(sum.Sum(nil))
}
