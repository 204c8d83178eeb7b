package mtl

import "math"

// factor is the lower triangle L of A = L Lᵀ.
type factor Gram

// cholesky factors a positive definite matrix. A pivot that rounding makes smaller than 1e-15 of the largest diagonal
// element is raised to that.
func cholesky(a Gram) factor {
	t := a.T
	l := NewGram(t)
	least := 0.0
	for i := range t {
		least = max(least, a.At(i, i))
	}
	least = float64(least * 1e-15)
	for i := range t {
		for j := range i + 1 {
			s := a.At(i, j)
			for k := range j {
				s -= float64(l.At(i, k) * l.At(j, k))
			}
			if i == j {
				l.V[i*t+i] = math.Sqrt(max(s, least, math.SmallestNonzeroFloat64))
			} else {
				l.V[i*t+j] = s / l.At(j, j)
			}
		}
	}
	return factor(l)
}

// solve returns A⁻¹b.
func (l factor) solve(b []float64) []float64 {
	t := l.T
	x := make([]float64, t)
	for i := range t {
		s := b[i]
		for k := range i {
			s -= float64(l.V[i*t+k] * x[k])
		}
		x[i] = s / l.V[i*t+i]
	}
	for i := t - 1; i >= 0; i-- {
		s := x[i]
		for k := i + 1; k < t; k++ {
			s -= float64(l.V[k*t+i] * x[k])
		}
		x[i] = s / l.V[i*t+i]
	}
	return x
}
