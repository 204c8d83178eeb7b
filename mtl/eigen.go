package mtl

import "math"

// maxSweeps bounds the sweeps of Jacobi's method, which needs about ten at T = 64.
const maxSweeps = 60

// eigen returns the eigenvalues of a symmetric matrix and in column k of v the eigenvector of value k, by cyclic
// Jacobi rotations. The cost is about 10 T³ multiplications a sweep.
// Source: Golub and Van Loan, "Matrix Computations", 4th edition, algorithm 8.5.3.
func eigen(g Gram) (values []float64, v Gram) {
	t := g.T
	a := g.ridge(0)
	v = NewGram(t)
	for i := range t {
		v.V[i*t+i] = 1
	}
	total := dot(a.V, a.V)
	for range maxSweeps {
		off := 0.0
		for p := range t {
			for q := range p {
				off += float64(a.At(p, q) * a.At(p, q))
			}
		}
		if off <= float64(1e-28*total) {
			break
		}
		for p := range t {
			for q := p + 1; q < t; q++ {
				rotate(a, v, p, q)
			}
		}
	}
	values = make([]float64, t)
	for i := range values {
		values[i] = a.At(i, i)
	}
	return values, v
}

// rotate makes a_pq zero and applies the rotation to the columns of v.
func rotate(a, v Gram, p, q int) {
	apq := a.At(p, q)
	if apq == 0 {
		return
	}
	t := a.T
	tau := (a.At(q, q) - a.At(p, p)) / float64(2*apq)
	tangent := 1 / (math.Abs(tau) + math.Sqrt(1+float64(tau*tau)))
	if tau < 0 {
		tangent = -tangent
	}
	cos := 1 / math.Sqrt(1+float64(tangent*tangent))
	sin := float64(tangent * cos)
	turn := func(x, y *float64) {
		*x, *y = float64(cos**x)-float64(sin**y), float64(sin**x)+float64(cos**y)
	}
	for k := range t {
		turn(&a.V[k*t+p], &a.V[k*t+q])
		turn(&v.V[k*t+p], &v.V[k*t+q])
	}
	for k := range t {
		turn(&a.V[p*t+k], &a.V[q*t+k])
	}
}

// rankTolerance is the eigenvalue, relative to the largest one, up to which an eigenvalue counts as zero.
const rankTolerance = 1e-10

// function returns the matrix V f(λ) Vᵀ over the eigenvalues that are not zero, applied to x.
func (g Gram) function(f func(value, least float64) float64, x []float64) []float64 {
	values, v := eigen(g)
	largest := 0.0
	for _, l := range values {
		largest = max(largest, l)
	}
	least := largest
	for _, l := range values {
		if l > float64(rankTolerance*largest) {
			least = min(least, l)
		}
	}
	y := make([]float64, g.T)
	for k, l := range values {
		if !(l > float64(rankTolerance*largest)) {
			continue
		}
		part := 0.0
		for i := range g.T {
			part += float64(v.At(i, k) * x[i])
		}
		part = float64(part * f(l, least))
		for i := range g.T {
			y[i] += float64(v.At(i, k) * part)
		}
	}
	return y
}

// pseudoInverse returns G⁺x.
func (g Gram) pseudoInverse(x []float64) []float64 {
	return g.function(func(l, _ float64) float64 { return 1 / l }, x)
}
