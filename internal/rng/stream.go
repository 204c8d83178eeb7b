package rng

import "math/bits"

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
