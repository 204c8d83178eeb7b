package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulps64 returns the distance of two numbers of one sign in units of the last place.
func ulps64(a, b float64) float64 {
	return math.Abs(float64(int64(math.Float64bits(a)) - int64(math.Float64bits(b))))
}

func TestExp64AndLog64AreWithinTwoUlps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		x := (random.Float64() - 0.5) * 1400
		if random.IntN(2) == 0 {
			x = random.NormFloat64()
		}
		if got, want := Exp64(x), math.Exp(x); ulps64(got, want) > 2 {
			t.Fatalf("Exp64(%g) = %g, want %g", x, got, want)
		}
		y := math.Ldexp(0.5+random.Float64()/2, random.IntN(2040)-1020)
		if random.IntN(2) == 0 {
			y = 1 + random.NormFloat64()*0.01
		}
		if got, want := Log64(y), math.Log(y); ulps64(got, want) > 2 {
			t.Fatalf("Log64(%g) = %g, want %g", y, got, want)
		}
	}
}

// The wanted values are those of a calculation with 50 digits: on amd64, math.Exp and math.Log are wrong near the ends
// of the range.
func TestExp64AndLog64AtTheEnds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"e^0", Exp64(0), 1}, {"e^1e-300", Exp64(1e-300), 1}, {"e^709.7", Exp64(709.7), 1.6549840276802644e308},
		{"e^709.8", Exp64(709.8), inf}, {"e^-745", Exp64(-745), 5e-324}, {"e^-746", Exp64(-746), 0},
		{"e^Inf", Exp64(inf), inf}, {"e^-Inf", Exp64(-inf), 0}, {"e^NaN", Exp64(nan), nan},
		{"ln 0", Log64(0), -inf}, {"ln 1", Log64(1), 0}, {"ln -1", Log64(-1), nan},
		{"ln 5e-324", Log64(5e-324), -744.4400719213812}, {"ln MaxFloat64", Log64(math.MaxFloat64), 709.782712893384},
		{"ln Inf", Log64(inf), inf}, {"ln NaN", Log64(nan), nan},
	} {
		if math.IsNaN(c.want) != math.IsNaN(c.got) || c.got != c.want && ulps64(c.got, c.want) > 2 {
			t.Errorf("%s is %g, want %g", c.name, c.got, c.want)
		}
	}
}

// Golden bits: a change of them changes the result of every job with a method that uses the functions.
func TestElementary64Golden(t *testing.T) {
	for _, c := range []struct {
		got  float64
		bits uint64
	}{
		{Exp64(1), 0x4005bf0a8b145769}, {Exp64(-0.3), 0x3fe7b4c869c37c05}, {Log64(10), 0x40026bb1bbb55516},
		{Log64(0.3), 0xbff34378fcbda721},
	} {
		if got := math.Float64bits(c.got); got != c.bits {
			t.Errorf("%g has the bits %#x, want %#x", c.got, got, c.bits)
		}
	}
}
