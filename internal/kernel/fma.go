package kernel

import "math"

// fma32 returns a*b + c rounded once to float32, as the FMA instructions do.
//
// The product of two float32 is exact in float64, so s below is the exact sum
// rounded to 53 bits. Rounding s to 24 bits differs from rounding the exact sum
// only if s is a midpoint of two float32: for a normal result, if the low 29
// bits of s are 1 0…0. Those cases, and results below the normal range, whose
// midpoints have other bits, are left to [fmaExact].
func fma32(a, b, c float32) float32 {
	s := float64(float64(a)*float64(b)) + float64(c)
	if u := math.Float64bits(s); u&(1<<29-1) != 1<<28 && u<<1 >= 897<<53 {
		return float32(s)
	}
	return fmaExact(a, b, c)
}

// fmaExact is fma32 by rounding to odd: an inexact 53-bit sum is moved to the
// neighbour whose last bit is odd, so that the second rounding, to 24 bits or
// fewer, is correct.
// Source: Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008.
//
//go:noinline
func fmaExact(a, b, c float32) float32 {
	p, z := float64(float64(a)*float64(b)), float64(c)
	s := p + z
	if s == 0 || math.IsInf(s, 0) || s != s {
		return float32(s)
	}
	t := s - p // TwoSum: p + z = s + e exactly
	e := (p - (s - t)) + (z - t)
	if u := math.Float64bits(s); e != 0 && u&1 == 0 {
		if (e > 0) == (s > 0) {
			u++
		} else {
			u--
		}
		s = math.Float64frombits(u)
	}
	return float32(s)
}
