package rng

import "math/bits"

// The multipliers and Weyl increments of Philox4x32, Salmon et al. 2011, table 2.
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

const philoxRounds = 10

// philox is Philox4x32-10: a bijection of the 128-bit counter for every 64-bit key.
func philox(counter [4]uint32, k0, k1 uint32) [4]uint32 {
	c0, c1, c2, c3 := counter[0], counter[1], counter[2], counter[3]
	for range philoxRounds {
		hi0, lo0 := bits.Mul32(philoxM0, c0)
		hi1, lo1 := bits.Mul32(philoxM1, c2)
		c0, c1, c2, c3 = hi1^c1^k0, lo1, hi0^c3^k1, lo0
		k0 += philoxW0
		k1 += philoxW1
	}
	return [4]uint32{c0, c1, c2, c3}
}
