package plan

import (
	"math/bits"

	"braid/internal/rng"
)

// rounds of the Feistel network. With strong round functions four give a pseudo-random
// permutation (Luby and Rackoff 1988). The round function here is weaker, so there are more.
const rounds = 8

// permutation is a random order of 0..n-1 with random access, in constant memory. It is a
// Feistel network on the next even number of bits, applied until the result is below n
// (cycle walking, Black and Rogaway 2002; fewer than four rounds of it on average).
type permutation struct {
	n    uint32
	half uint // bits of each half
	mask uint32
	keys [rounds]uint32
}

func newPermutation(n uint32, key rng.Key) permutation {
	width := max(bits.Len32(n-1), 2)
	p := permutation{n: n, half: uint(width+1) / 2}
	p.mask = 1<<p.half - 1
	s := key.Stream()
	for i := range p.keys {
		p.keys[i] = s.Uint32()
	}
	return p
}

// at returns the i-th element of the order, i < n.
func (p *permutation) at(i uint32) uint32 {
	for {
		left, right := i>>p.half, i&p.mask
		for _, k := range p.keys {
			left, right = right, left^(mix(right+k)&p.mask)
		}
		if i = left<<p.half | right; i < p.n {
			return i
		}
	}
}

// mix is the 32-bit finaliser lowbias32 (Wellons 2018).
func mix(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	x ^= x >> 16
	return x
}
