package rng

import (
	"math"
	"math/bits"
)

// Stream reads the words of a Key in order. Not safe for concurrent use: each goroutine
// creates its own Stream from the Key.
type Stream struct {
	state state
	next  uint64    // block to compute next
	words [4]uint32 // the current block
	left  int       // number of words of it, at its end, that are not yet returned
}

// Uint32 returns the next word.
func (s *Stream) Uint32() uint32 {
	if s.left == 0 {
		s.words = s.state.block(s.next)
		s.next++
		s.left = len(s.words)
	}
	w := s.words[len(s.words)-s.left]
	s.left--
	return w
}

// Uint64 returns the next two words; the first is the low half.
func (s *Stream) Uint64() uint64 {
	lo := uint64(s.Uint32())
	return uint64(s.Uint32())<<32 | lo
}

// Float32 returns a number in [0, 1), a multiple of 2^-24. Takes one word.
func (s *Stream) Float32() float32 {
	return float32(s.Uint32()>>8) * (1.0 / (1 << 24))
}

// Float64 returns a number in [0, 1), a multiple of 2^-53. Takes two words.
func (s *Stream) Float64() float64 {
	return float64(float64(s.Uint64()>>11) * (1.0 / (1 << 53))) // converted: see TestNothingFuses
}

// Intn returns a uniformly distributed number from 0 to n-1. Panics if n < 1.
// Takes two words, and two more for each draw that would bias the result.
// Source: Lemire, "Fast random integer generation in an interval", 2019.
func (s *Stream) Intn(n int) int {
	if n < 1 {
		panic("rng: Intn of a number below 1")
	}
	bound := uint64(n)
	hi, lo := bits.Mul64(s.Uint64(), bound)
	if lo < bound {
		for tooLow := -bound % bound; lo < tooLow; {
			hi, lo = bits.Mul64(s.Uint64(), bound)
		}
	}
	return int(hi)
}

// Norm returns a draw from the standard normal distribution.
// Takes four words, and four more for each pair outside the unit circle (21 %).
// Source: Marsaglia and Bray 1964 (the polar method; the second value is not kept).
func (s *Stream) Norm() float64 {
	for {
		u := 2*s.Float64() - 1
		v := 2*s.Float64() - 1
		r := float64(u*u) + float64(v*v)
		if r > 0 && r < 1 {
			return u * math.Sqrt(-2*log(r)/r)
		}
	}
}

// log returns the natural logarithm of a positive normal number, within 2 units in the last
// place. math.Log is unsuitable: it has assembly on some machines, and its results differ.
//
// x = 2^k·m with m in [√½, √2); log m = 2 artanh(z), z = (m-1)/(m+1), |z| < 0.1716, by
// its series, whose 12th term is below 2^-64 of the first.
func log(x float64) float64 {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	z := (m - 1) / (m + 1)
	z2 := float64(z * z)
	sum := 0.0
	for n := 23; n >= 1; n -= 2 {
		sum = float64(sum*z2) + 1/float64(n)
	}
	return float64(float64(k)*math.Ln2) + float64(2*z*sum)
}
