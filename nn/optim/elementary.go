package optim

import "math"

// The functions here replace math.Cos and math.Pow, whose results have other bits on other machines
// (assembly, fused multiply-add).

// cosPi returns cos(πx) for x of [0, 1], within 2 units in the last place of 1.
func cosPi(x float64) float64 {
	if x > 0.5 {
		return -cosPi(1 - x)
	}
	if x > 0.25 {
		return sinPi(0.5 - x)
	}
	z := float64(math.Pi*x) * float64(math.Pi*x)
	sum := 0.0
	for n := 18; n >= 0; n -= 2 { // Σ (-z)^(n/2)/n!, by Horner
		sum = 1 - float64(sum*z)/float64((n+1)*(n+2))
	}
	return sum
}

// sinPi returns sin(πx) for x of [0, 1/4].
func sinPi(x float64) float64 {
	y := float64(math.Pi * x)
	z := float64(y * y)
	sum := 0.0
	for n := 19; n >= 1; n -= 2 {
		sum = 1 - float64(sum*z)/float64((n+1)*(n+2))
	}
	return float64(y * sum)
}

// power returns x^n by repeated squaring.
func power(x float64, n uint64) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}

// root returns the nth root of x > 0 by Newton's method. It starts above the root, by Bernoulli's
// inequality; the iterates fall until rounding ends that.
func root(x float64, n uint64) float64 {
	if n == 1 || !(x > 0) {
		return x
	}
	r := max(1, 1+(x-1)/float64(n))
	for {
		below := power(r, n-1)
		next := r - (float64(below*r)-x)/float64(float64(n)*below)
		if !(next < r) {
			return r
		}
		r = next
	}
}
