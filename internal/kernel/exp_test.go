package kernel

import (
	"math"
	"testing"
)

// functions lists the functions of exp.go, each with a reference, the bound on
// its error in units of the last place, and the range to test.
var functions = []struct {
	name     string
	f        func(dst, x []float32)
	truth    func(float64) float64
	ulps     float64
	from, to float32
}{
	{"Exp", Exp, math.Exp, 1.5, -106, 90},
	{"Sigmoid", Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.5, -106, 90},
	{"Tanh", Tanh, math.Tanh, 2.5, -12, 12},
	{"Log", Log, math.Log, 1.5, 0, 200},
}

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	if got == w || got != got && w != w {
		return 0
	}
	if math.IsInf(float64(w), 0) {
		return math.Abs(float64(math.Float32bits(got)) - float64(math.Float32bits(w)))
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

func TestFunctionsAreAccurate(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, f := range functions {
			var x []float32
			const steps = 200_000
			for i := range steps { // evenly spaced
				x = append(x, f.from+(f.to-f.from)*float32(i)/steps)
			}
			for u := uint32(0); u < 0x7f800000; u += 9973 { // evenly spaced bits: every magnitude
				v := math.Float32frombits(u)
				x = append(x, v)
				if f.name != "Log" {
					x = append(x, -v)
				}
			}
			y := make([]float32, len(x))
			f.f(y, x)
			worst, at := 0.0, float32(0)
			for i, v := range x {
				if e := ulps(y[i], f.truth(float64(v))); !(e <= worst) {
					worst, at = e, v
				}
			}
			t.Logf("%s: worst error %.2f ulp, at %v", f.name, worst, at)
			if !(worst <= f.ulps) {
				t.Errorf("%s(%v) is %.2f ulp off", f.name, at, worst)
			}
		}
	})
}

func TestFunctionsAtTheEnds(t *testing.T) {
	inf, nan, zero := float32(math.Inf(1)), float32(math.NaN()), float32(0)
	eachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			f       func(dst, x []float32)
			x, want float32
		}{
			{"Exp", Exp, inf, inf}, {"Exp", Exp, -inf, 0}, {"Exp", Exp, nan, nan},
			{"Exp", Exp, 0, 1}, {"Exp", Exp, -zero, 1},
			{"Sigmoid", Sigmoid, inf, 1}, {"Sigmoid", Sigmoid, -inf, 0}, {"Sigmoid", Sigmoid, nan, nan},
			{"Sigmoid", Sigmoid, 0, 0.5},
			{"Tanh", Tanh, inf, 1}, {"Tanh", Tanh, -inf, -1}, {"Tanh", Tanh, nan, nan}, {"Tanh", Tanh, 0, 0},
			{"Tanh", Tanh, float32(math.Copysign(0, -1)), float32(math.Copysign(0, -1))},
			{"Tanh", Tanh, 0x1p-149, 0x1p-149}, {"Tanh", Tanh, -0x1p-130, -0x1p-130},
			{"Log", Log, inf, inf}, {"Log", Log, -inf, nan}, {"Log", Log, nan, nan}, {"Log", Log, 0, -inf},
			{"Log", Log, float32(math.Copysign(0, -1)), -inf}, {"Log", Log, -1, nan}, {"Log", Log, 1, 0},
		} {
			y := []float32{c.x}
			c.f(y, y)
			if !same(y[0], c.want) {
				t.Errorf("%s(%v) = %v, want %v", c.name, c.x, y[0], c.want)
			}
		}
	})
}
