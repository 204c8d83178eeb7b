package kernel

import "math"

// Constants of Exp64 and Log64. Source: FreeBSD's e_exp.c and e_log.c (Sun Microsystems 1993).
const (
	ln2Hi64   = 6.93147180369123816490e-01 // 32 bits: n·ln2Hi64 is exact
	ln2Lo64   = 1.90821492927058770002e-10
	log2e64   = 1.44269504088896338700e+00
	expMax64  = 7.09782712893383973096e+02 // e^x overflows above
	expMin64  = -7.45133219101941108420e+02
	expTiny64 = 0x1p-28 // e^x is 1 + x below

	expP1 = 1.66666666666666657415e-01
	expP2 = -2.77777777770155933842e-03
	expP3 = 6.61375632143793436117e-05
	expP4 = -1.65339022054652515390e-06
	expP5 = 4.13813679705723846039e-08

	logL1 = 6.666666666666735130e-01
	logL2 = 3.999999999940941908e-01
	logL3 = 2.857142874366239149e-01
	logL4 = 2.222219843214978396e-01
	logL5 = 1.818357216161805012e-01
	logL6 = 1.531383769920937332e-01
	logL7 = 1.479819860511658591e-01
)

// Exp64 returns e^x within 1 ulp, with the same bits on every processor; math.Exp has other bits on some. It serves
// scalars. e^-Inf is 0, e^+Inf is +Inf, e^NaN is NaN.
func Exp64(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > expMax64:
		return math.Inf(1)
	case x < expMin64:
		return 0
	case -expTiny64 < x && x < expTiny64:
		return 1 + x
	}
	n := math.Floor(float64(log2e64*x) + 0.5)
	hi, lo := x-float64(n*ln2Hi64), float64(n*ln2Lo64)
	r := hi - lo
	t := float64(r * r)
	c := expP4 + float64(t*expP5)
	c = expP3 + float64(t*c)
	c = expP2 + float64(t*c)
	c = expP1 + float64(t*c)
	c = r - float64(t*c)
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return math.Ldexp(y, int(n))
}

// Log64 returns ln x within 1 ulp, with the same bits on every processor. It serves scalars. ln 0 is -Inf, ln +Inf is
// +Inf; the logarithm of a negative number or NaN is NaN.
func Log64(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	f, k := m-1, float64(e)
	s := f / (2 + f)
	z := float64(s * s)
	w := float64(z * z)
	even := logL2 + float64(w*(logL4+float64(w*logL6)))
	odd := logL1 + float64(w*(logL3+float64(w*(logL5+float64(w*logL7)))))
	r := float64(z*odd) + float64(w*even)
	half := float64(float64(0.5*f) * f)
	return float64(k*ln2Hi64) - ((half - (float64(s*(half+r)) + float64(k*ln2Lo64))) - f)
}
