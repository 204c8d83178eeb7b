package mtl

import "math"

// quadratic is the problem: minimise ½ xᵀQx + bᵀx over x ≥ 0, and with Σx = 1 if simplex is set. Q must be positive
// definite. The method is that of active sets, which ends after finitely many exact solutions.
// Source: Lawson and Hanson, "Solving Least Squares Problems", 1974, chapter 23; Nocedal and Wright, "Numerical
// Optimization", 2nd edition, section 16.5.
type quadratic struct {
	q       Gram
	b       []float64
	simplex bool
}

// tolerance of the multipliers, relative to the numbers in the problem.
const tolerance = 1e-13

// solve improves a feasible x to the minimum, in place. Bounded in work: after many exchanges, as rounding may cause
// without end, x is the best point so far.
func (p quadratic) solve(x []float64) {
	t := p.q.T
	scale := p.q.trace()
	for _, b := range p.b {
		scale = max(scale, math.Abs(b))
	}
	free, refused := make([]bool, t), make([]bool, t)
	count := 0
	for i, v := range x {
		if free[i] = v > 0; free[i] {
			count++
		}
	}
	for range 20*t + 20 {
		mu := 0.0
		if count > 0 {
			var y []float64
			if y, mu = p.onFree(free); !advance(x, y, free) {
				count = len(indexes(free))
				continue
			}
		}
		enter, lowest := -1, -float64(tolerance*scale)
		for i, r := range p.q.times(x) {
			if r += p.b[i] - mu; !free[i] && !refused[i] && r < lowest {
				enter, lowest = i, r
			}
		}
		if enter < 0 {
			return
		}
		free[enter] = true
		count++
		if y, _ := p.onFree(free); y[enter] <= 0 { // by rounding: the multiplier is as good as zero
			free[enter], refused[enter] = false, true
			count--
		}
	}
}

// onFree returns the minimum over the free variables, without their bounds; the others are 0. mu is the multiplier of
// the sum.
func (p quadratic) onFree(free []bool) (y []float64, mu float64) {
	index := indexes(free)
	l := cholesky(p.q.sub(index))
	rhs := make([]float64, len(index))
	for a, i := range index {
		rhs[a] = -p.b[i]
	}
	x := l.solve(rhs)
	if p.simplex {
		z := l.solve(ones(len(index)))
		mu = (1 - sum(x)) / sum(z)
		for a := range x {
			x[a] += float64(mu * z[a])
		}
	}
	y = make([]float64, p.q.T)
	for a, i := range index {
		y[i] = x[a]
	}
	return y, mu
}

// advance moves x toward y until a free variable reaches 0, which is then no longer free. It reports whether x has
// become y.
func advance(x, y []float64, free []bool) bool {
	step, blocked := 1.0, -1
	for i, f := range free {
		if f && y[i] <= 0 {
			if s := x[i] / (x[i] - y[i]); blocked < 0 || s < step {
				step, blocked = s, i
			}
		}
	}
	if blocked < 0 {
		copy(x, y)
		return true
	}
	for i, f := range free {
		if !f {
			continue
		}
		x[i] += float64(step * (y[i] - x[i]))
		if i == blocked || x[i] <= 0 {
			x[i], free[i] = 0, false
		}
	}
	return false
}

func indexes(set []bool) []int {
	var index []int
	for i, in := range set {
		if in {
			index = append(index, i)
		}
	}
	return index
}
