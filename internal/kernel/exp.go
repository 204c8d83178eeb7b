package kernel

import "math"

// Constants of exp, sigmoid, tanh and log, shared by all forms.
const (
	log2e    = float32(1.44269504088896341)
	ln2Hi    = float32(0.693359375) // 9 bits: n·ln2Hi is exact
	ln2Lo    = float32(-2.12194440054690583e-4)
	magic    = float32(12582912)             // 1.5·2²³: adding it leaves round(x) in the low mantissa bits
	expMax   = float32(89)                   // e⁸⁹ overflows
	expMin   = float32(-104)                 // e⁻¹⁰⁴ rounds to 0
	tanhMin  = float32(-40)                  // 1 + e⁻⁴⁰ is 1
	exp2     = float32(4.999999403953552e-1) // e^r ≈ 1 + r + exp2·r² + … + exp6·r⁶, a minimax fit
	exp3     = float32(1.666652113199234e-1) // with relative error 3.7e-9 on |r| ≤ ln2/2
	exp4     = float32(4.166839271783829e-2)
	exp5     = float32(8.36874544620514e-3)
	exp6     = float32(1.3814535923302174e-3)
	signBit  = uint32(1 << 31)
	log1     = float32(3.3333331174e-1)
	log2     = float32(-2.4999993993e-1)
	log3     = float32(2.0000714765e-1)
	log4     = float32(-1.6668057665e-1)
	log5     = float32(1.4249322787e-1)
	log6     = float32(-1.2420140846e-1)
	log7     = float32(1.1676998740e-1)
	log8     = float32(-1.1514610310e-1)
	log9     = float32(7.0376836292e-2)
	sqrtHalf = uint32(0x3f3504f3) // bits of √½
)

// Exp sets dst[i] = e^x[i], within 1.5 ulp. Results below the normal range are
// rounded once; e^-Inf is 0, e^+Inf is +Inf.
// Source: Cody and Waite 1980 for the reduction.
func Exp(dst, x []float32) {
	checkLength("Exp: dst", dst, len(x))
	active.exp(dst, x)
}

// Sigmoid sets dst[i] = 1/(1+e^-x[i]), within 2.5 ulp, tiny results included.
func Sigmoid(dst, x []float32) {
	checkLength("Sigmoid: dst", dst, len(x))
	active.sigmoid(dst, x)
}

// Tanh sets dst[i] = tanh(x[i]), within 2.5 ulp, also near 0. It keeps the sign
// of a zero.
func Tanh(dst, x []float32) {
	checkLength("Tanh: dst", dst, len(x))
	active.tanh(dst, x)
}

// Log sets dst[i] = ln(x[i]), within 1.5 ulp. ln 0 is -Inf; the logarithm of a
// negative number is NaN.
// Source: Cephes logf.
func Log(dst, x []float32) {
	checkLength("Log: dst", dst, len(x))
	active.log(dst, x)
}

// expReduce splits x into n·ln 2 + r with |r| ≤ ln2/2 and returns n and e^r - 1.
// x must be NaN or not far outside [expMin, expMax].
func expReduce(x float32) (n int32, p float32) {
	t := fma32(x, log2e, magic)
	n = int32(math.Float32bits(t)) - int32(math.Float32bits(magic))
	f := t - magic
	r := fma32(f, -ln2Hi, x)
	r = fma32(f, -ln2Lo, r)
	q := fma32(exp6, r, exp5)
	q = fma32(q, r, exp4)
	q = fma32(q, r, exp3)
	q = fma32(q, r, exp2)
	return n, fma32(float32(r*r), q, r)
}

// power2 returns 2^n for -126 ≤ n ≤ 127.
func power2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// exp32 is e^x. It scales by 2^n in two multiplications, the first of which is
// exact, so that a result below the normal range is rounded once.
func exp32(x float32) float32 {
	if x < expMin {
		x = expMin
	}
	if x > expMax {
		x = expMax
	}
	n, p := expReduce(x)
	half := n >> 1
	return float32((p+1)*power2(half)) * power2(n-half)
}

// sigmoid32 computes 1/(1+e) for x ≥ 0 and e/(1+e) for x < 0 with e = e^-|x| ≤ 1,
// so that nothing overflows and both tails keep full precision.
func sigmoid32(x float32) float32 {
	e := exp32(math.Float32frombits(math.Float32bits(x) | signBit))
	num := float32(1)
	if math.Float32bits(x)&signBit != 0 {
		num = e
	}
	return num / (1 + e)
}

// tanh32 computes ±m/(2+m) with m = e^(-2|x|) - 1, which keeps full precision
// near 0.
func tanh32(x float32) float32 {
	z := math.Float32frombits(math.Float32bits(x) | signBit)
	z += z
	if z < tanhMin {
		z = tanhMin
	}
	n, p := expReduce(z)
	s := power2(n)
	m := fma32(p, s, s-1)
	y := math.Float32bits(m / (2 + m))
	return math.Float32frombits(y&^signBit | math.Float32bits(x)&signBit)
}

// log32 writes x = 2^e·(1+f) with √½ ≤ 1+f < √2.
func log32(x float32) float32 {
	u := math.Float32bits(x)
	var e float32
	if x < 0x1p-126 { // scale numbers below the normal range into it
		u = math.Float32bits(float32(x * 0x1p23))
		e = -23
	}
	k := int32(u-sqrtHalf) >> 23
	e += float32(k)
	f := math.Float32frombits(u-uint32(k)<<23) - 1
	z := float32(f * f)
	y := fma32(log9, f, log8)
	y = fma32(y, f, log7)
	y = fma32(y, f, log6)
	y = fma32(y, f, log5)
	y = fma32(y, f, log4)
	y = fma32(y, f, log3)
	y = fma32(y, f, log2)
	y = fma32(y, f, log1)
	y = float32(y * f)
	y = float32(y * z)
	y = fma32(e, ln2Lo, y)
	y = fma32(-0.5, z, y)
	y = f + y
	y = fma32(e, ln2Hi, y)
	switch {
	case x == 0:
		return float32(math.Inf(-1))
	case !(x > 0):
		return float32(math.NaN())
	case x > math.MaxFloat32:
		return x
	}
	return y
}

func expGo(dst, x []float32) {
	for i, v := range x {
		dst[i] = exp32(v)
	}
}

func sigmoidGo(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid32(v)
	}
}

func tanhGo(dst, x []float32) {
	for i, v := range x {
		dst[i] = tanh32(v)
	}
}

func logGo(dst, x []float32) {
	for i, v := range x {
		dst[i] = log32(v)
	}
}
