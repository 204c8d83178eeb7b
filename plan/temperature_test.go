package plan

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPowerIsThatOfMath(t *testing.T) {
	check := func(x, exponent float64) {
		t.Helper()
		got, want := power(x, exponent), math.Pow(x, exponent)
		if got == want { // also both infinite
			return
		}
		if !(math.Abs(got-want) <= 64*0x1p-52*want) {
			t.Errorf("power(%v, %v) = %v, math.Pow gives %v", x, exponent, got, want)
		}
	}
	for _, x := range []float64{0, 1, 2, 3, 1e9} {
		for _, exponent := range []float64{0, 0x1p-60, 0.2, 0.5, 1.0 / 3, 0.75, 1, 1.5, 2, 7.3, 1e6} {
			check(x, exponent)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		check(float64(random.IntN(1<<30)), 3*random.Float64())
	}
}
