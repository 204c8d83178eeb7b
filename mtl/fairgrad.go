package mtl

import (
	"math"

	"braid/internal/kernel"
)

// NashMTL returns the α > 0 with G α = 1/α: the Nash bargaining solution of the tasks. d does not change if a gradient
// is scaled, and its length is √T. See FairGrad.
// Source: Navon et al. 2022 (arXiv 2202.01017), solved exactly, without its bound on the length.
func NashMTL(g Gram) []float64 { return FairGrad(g, 1) }

// FairGrad returns the w > 0 with G w = w^(-1/a): the a-fair solution. a > 0: toward 0 it is proportional to the sum, 1
// is NashMTL, and toward infinity all tasks improve at the same rate. Where gradients of a positive combination cancel,
// no solution exists; the matrix of cosines gets a ridge of 1e-9, which bounds w_t |g_t| at about 3·10⁴.
// Source: Ban and Ji 2024 (arXiv 2402.15638).
func FairGrad(g Gram, a float64) []float64 {
	return onNonZero(g, func(g Gram) []float64 {
		// In u_t = w_t |g_t| the equation is C u = k u^(-1/a), k_t = |g_t|^(1/a-1). Its common factor s is taken out:
		// u = s^(a/(1+a)) v.
		c, norms := g.cosines()
		logs := make([]float64, g.T)
		for i, n := range norms {
			logs[i] = float64(kernel.Log64(n) * (1/a - 1))
		}
		mean := sum(logs) / float64(g.T)
		k := make([]float64, g.T)
		for i, l := range logs {
			k[i] = kernel.Exp64(l - mean)
		}
		u := fair(c.ridge(1e-9), k, a)
		s := kernel.Exp64(float64(mean * a / (1 + a)))
		for i := range u {
			u[i] = float64(s*u[i]) / norms[i]
		}
		return u
	})
}

// fair returns the u > 0 with C u = k u^(-1/a), the minimum of the convex function ½ uᵀCu - Σ k_t ∫u_t^(-1/a), by
// Newton's method. Steps are shortened so that u stays positive and the slope along the step does not turn positive:
// on a convex function the value then falls.
func fair(c Gram, k []float64, a float64) []float64 {
	t := c.T
	u := ones(t)
	slope := make([]float64, t)
	gradient := func(at []float64) []float64 {
		y := c.times(at)
		for i, v := range at {
			slope[i] = float64(k[i] * kernel.Exp64(-kernel.Log64(v)/a)) // k u^(-1/a)
			y[i] -= slope[i]
		}
		return y
	}
	for range 200 {
		r := gradient(u)
		h := c.ridge(0)
		largest := 0.0
		for i, v := range u {
			h.V[i*t+i] += slope[i] / float64(a*v)
			largest = max(largest, math.Abs(r[i])/slope[i])
		}
		if largest <= 1e-13 {
			break
		}
		step := cholesky(h).solve(times(-1, r))
		size := 1.0
		for i, s := range step {
			if s < 0 {
				size = min(size, float64(-0.9*u[i])/s)
			}
		}
		next := make([]float64, t)
		for range 60 {
			for i, s := range step {
				next[i] = u[i] + float64(size*s)
			}
			if dot(gradient(next), step) <= float64(1e-3*math.Abs(dot(r, step))) {
				break
			}
			size *= 0.5
		}
		copy(u, next)
	}
	return u
}
