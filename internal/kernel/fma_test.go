package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFMA is a*b + c in exact arithmetic, rounded once. Finite arguments.
func exactFMA(a, b, c float32) float32 {
	x := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetFloat64(float64(c)))
	if x.Sign() == 0 { // an exact zero has no sign in math/big, but one in float64
		return float32(float64(a)*float64(b) + float64(c))
	}
	r, _ := x.Float32()
	return r
}

func TestFMA32IsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	check := func(a, b, c float32) {
		t.Helper()
		if got, want := fma32(a, b, c), exactFMA(a, b, c); math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("fma32(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	finite := func() float32 {
		for {
			if v := math.Float32frombits(random.Uint32()); v-v == 0 {
				return v
			}
		}
	}
	for range 100_000 { // any bits
		check(finite(), finite(), finite())
	}
	for range 100_000 { // of one magnitude, so that all three matter
		check(random.Float32()-0.5, random.Float32()-0.5, random.Float32()-0.5)
	}
	for range 200_000 {
		// The sum is close to a midpoint, and a much smaller term decides the
		// rounding: factors of the form (2^i + 1)·2^-j and a c with few bits.
		a := float32(1 + int64(1)<<random.IntN(24))
		b := float32(1+int64(1)<<random.IntN(24)) * float32(math.Ldexp(1, -random.IntN(60)))
		c := float32(1+int64(1)<<random.IntN(24)) * float32(math.Ldexp(1, random.IntN(80)-40))
		if random.IntN(2) == 0 {
			c = -c
		}
		check(a, b, c)
		check(a, b*0x1p-120, c*0x1p-120) // around and below the normal range
		check(a, b*0x1p-100, c*0x1p-120)
	}
	// The sum is a midpoint of two float32, except for the last bit of the product.
	check(1+0x1p-12, 1+0x1p-12, 0x1p24)
	check(0x1p-24, 1+0x1p-23, 1)
	check(-0x1p-24, 1+0x1p-23, 1)
	check(math.MaxFloat32, 1, 0x1p103)
	check(math.MaxFloat32, 1+0x1p-23, -0x1p103)
	check(math.SmallestNonzeroFloat32, 0.5, 0)
	check(math.SmallestNonzeroFloat32, 0.5, math.SmallestNonzeroFloat32)
	check(0, -1, 0)
	check(0, -1, float32(math.Copysign(0, -1)))
}

func TestFMA32Specials(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ a, b, c, want float32 }{
		{inf, 1, 1, inf},
		{inf, -1, 1, -inf},
		{1, 1, -inf, -inf},
		{inf, 1, -inf, nan},
		{inf, 0, 1, nan},
		{nan, 1, 1, nan},
		{1, 1, nan, nan},
	} {
		if got := fma32(c.a, c.b, c.c); !same(got, c.want) {
			t.Errorf("fma32(%v, %v, %v) = %v, want %v", c.a, c.b, c.c, got, c.want)
		}
	}
}

// same reports whether a and b have the same bits, or are both NaN.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}
