package mtl

import (
	"fmt"
	"math"
)

// Gram is the matrix of the inner products g_i·g_j of T gradients, or another symmetric matrix of its size.
type Gram struct {
	T int
	V []float64 // (T, T), row by row
}

// NewGram returns a matrix of zeros.
func NewGram(t int) Gram { return Gram{t, make([]float64, t*t)} }

// At returns g_i·g_j.
func (g Gram) At(i, j int) float64 { return g.V[i*g.T+j] }

// Row returns row i, in g's memory.
func (g Gram) Row(i int) []float64 { return g.V[i*g.T : (i+1)*g.T] }

func (g Gram) check() {
	if len(g.V) != g.T*g.T {
		panic(fmt.Sprintf("mtl: a Gram matrix of %d tasks has %d numbers", g.T, len(g.V)))
	}
}

func (g Gram) finite() bool {
	sum := 0.0
	for _, v := range g.V {
		sum += v - v // NaN unless v is finite
	}
	return sum == 0
}

func (g Gram) trace() float64 {
	sum := 0.0
	for i := range g.T {
		sum += g.At(i, i)
	}
	return sum
}

// times returns G x.
func (g Gram) times(x []float64) []float64 {
	y := make([]float64, g.T)
	for i := range y {
		y[i] = dot(g.Row(i), x)
	}
	return y
}

// square returns xᵀGx, which is |Σ x_t g_t|², and at least 0.
func (g Gram) square(x []float64) float64 { return max(0, dot(x, g.times(x))) }

// sub returns the matrix of the rows and columns in index.
func (g Gram) sub(index []int) Gram {
	s := NewGram(len(index))
	for a, i := range index {
		for b, j := range index {
			s.V[a*s.T+b] = g.At(i, j)
		}
	}
	return s
}

// Scaled returns D G D for the diagonal matrix D: the Gram matrix of gradients multiplied by d.
func (g Gram) Scaled(d []float64) Gram {
	s := NewGram(g.T)
	for i := range g.T {
		for j := range g.T {
			s.V[i*g.T+j] = float64(float64(d[i]*g.At(i, j)) * d[j])
		}
	}
	return s
}

// ridge returns G + eps·I.
func (g Gram) ridge(eps float64) Gram {
	s := NewGram(g.T)
	copy(s.V, g.V)
	for i := range g.T {
		s.V[i*g.T+i] += eps
	}
	return s
}

// norms returns |g_t|.
func (g Gram) norms() []float64 {
	n := make([]float64, g.T)
	for i := range n {
		n[i] = math.Sqrt(max(0, g.At(i, i)))
	}
	return n
}

// cosines returns the matrix of cosines and the norms |g_t|, which must be above 0.
func (g Gram) cosines() (c Gram, norms []float64) {
	norms = g.norms()
	inverse := make([]float64, g.T)
	for i, n := range norms {
		inverse[i] = 1 / n
	}
	c = g.Scaled(inverse)
	for i := range c.T {
		c.V[i*c.T+i] = 1
	}
	return c, norms
}

// negligible is the norm, relative to the largest one, up to which a gradient counts as zero.
const negligible = 1e-12

// onNonZero applies a method to the gradients that are not zero. Zero gradients get the factor 0, which multiplies
// nothing. A matrix that is not finite gives factors of 1, so that the sum of the gradients is not finite either and
// the caller's check of it finds them.
func onNonZero(g Gram, method func(Gram) []float64) []float64 {
	g.check()
	factors := make([]float64, g.T)
	if !g.finite() {
		fill(factors, 1)
		return factors
	}
	norms := g.norms()
	largest := 0.0
	for _, n := range norms {
		largest = max(largest, n)
	}
	var index []int
	for i, n := range norms {
		if n > float64(negligible*largest) {
			index = append(index, i)
		}
	}
	if len(index) == 0 {
		return factors
	}
	for a, f := range method(g.sub(index)) {
		factors[index[a]] = f
	}
	return factors
}

// dot returns Σ x_i y_i, added in order.
func dot(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v * y[i])
	}
	return s
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// times returns f·x in new memory.
func times(f float64, x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(f * v)
	}
	return y
}

func ones(n int) []float64 {
	x := make([]float64, n)
	fill(x, 1)
	return x
}
