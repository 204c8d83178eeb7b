package mtl

import (
	"math"
	"testing"
)

// point is a point of the two-dimensional toy of CAGrad, arXiv 2110.14048 (toy.py).
type point [2]float64

// toy returns the two losses and their gradients.
func toy(x point) (f [2]float64, j jacobian) {
	tanh := math.Tanh(-x[1])
	dTanh := -(1 - tanh*tanh)
	logarithm := func(v float64, d point) (float64, point) { // ln(max(|v|, 5e-6)) + 6
		if math.Abs(v) < 5e-6 {
			return math.Log(5e-6) + 6, point{}
		}
		return math.Log(math.Abs(v)) + 6, point{d[0] / v, d[1] / v}
	}
	g1, dg1 := logarithm(.5*(-x[0]-7)-tanh, point{-.5, -dTanh})
	g2, dg2 := logarithm(.5*(-x[0]+3)+tanh+2, point{-.5, dTanh})
	bowl := func(at float64) (float64, point) {
		a, b := -x[0]+at, -x[1]-8
		return (a*a+.1*b*b)/10 - 20, point{-a / 5, -.1 * b / 5}
	}
	h1, dh1 := bowl(7)
	h2, dh2 := bowl(-7)
	half := math.Tanh(x[1] / 2)
	dHalf := (1 - half*half) / 2
	c1, c2, dc1, dc2 := max(half, 0), max(-half, 0), 0.0, 0.0
	if half > 0 {
		dc1 = dHalf
	} else {
		dc2 = -dHalf
	}
	row := func(g float64, dg point, h float64, dh point) []float64 {
		return []float64{c1*dg[0] + c2*dh[0], dc1*g + c1*dg[1] + dc2*h + c2*dh[1]}
	}
	return [2]float64{c1*g1 + c2*h1, c1*g2 + c2*h2}, jacobian{row(g1, dg1, h1, dh1), row(g2, dg2, h2, dh2)}
}

func TestGradientsOfTheToy(t *testing.T) {
	for _, x := range []point{{-8.5, 7.5}, {-8.5, -5}, {9, 9}, {1, -3}} {
		_, j := toy(x)
		for i := range x {
			const h = 1e-6
			up, down := x, x
			up[i] += h
			down[i] -= h
			a, _ := toy(up)
			b, _ := toy(down)
			near(t, "gradient", []float64{j[0][i], j[1][i]}, []float64{(a[0] - b[0]) / (2 * h), (a[1] - b[1]) / (2 * h)}, 1e-5)
		}
	}
}

// adam2 is Adam with learning rate 1e-3 for a point.
type adam2 struct {
	m, v [2]float64
	n    float64
}

func (a *adam2) step(x *point, d []float64) {
	a.n++
	for i, g := range d {
		a.m[i] = .9*a.m[i] + .1*g
		a.v[i] = .999*a.v[i] + .001*g*g
		x[i] -= 1e-3 * a.m[i] / (1 - math.Pow(.9, a.n)) / (math.Sqrt(a.v[i]/(1-math.Pow(.999, a.n))) + 1e-8)
	}
}

// run is a descent on the toy with the first loss multiplied by scale.
type run struct {
	x      point
	scale  float64
	method func(Gram, [2]float64) []float64
	after  func([2]float64) // receives the losses after each step; may be nil
}

func (r *run) losses() ([2]float64, jacobian) {
	f, j := toy(r.x)
	f[0] *= r.scale
	j[0] = times(r.scale, j[0])
	return f, j
}

// until takes steps until done reports true, and returns their number, at most the given one.
func (r *run) until(done func(point) bool, most int) int {
	var a adam2
	f, j := r.losses()
	for n := range most {
		if done(r.x) {
			return n
		}
		a.step(&r.x, j.combine(r.method(j.gram(), f)))
		if f, j = r.losses(); r.after != nil {
			r.after(f)
		}
	}
	return most
}

// onFront reports whether a point is on the Pareto front.
func onFront(x point) bool { return math.Abs(x[1]+8.3552) < .08 && math.Abs(x[0]) < 7.01 }

// balanced reports whether a point is the best one for the mean of the losses.
func balanced(x point) bool { return onFront(x) && math.Abs(x[0]) < .01 }

func never(point) bool { return false }

// ofGram is a method of the Gram matrix alone.
func ofGram(method func(Gram) []float64) func(*run) {
	return func(r *run) { r.method = func(g Gram, _ [2]float64) []float64 { return method(g) } }
}

func total(r *run) { r.method = func(Gram, [2]float64) []float64 { return []float64{1, 1} } }

// famo uses lower bounds of the losses.
func famo(r *run) {
	m := FAMO{LR: .025}
	state := m.Start(2)
	var before [2]float64
	above := func(f [2]float64) []float64 { return []float64{f[0] + 21*r.scale, f[1] + 21} }
	r.method = func(g Gram, f [2]float64) []float64 {
		before = f
		return m.Factors(Step{Tasks: []int{0, 1}, Gram: g, Losses: above(f)}, state)
	}
	r.after = func(f [2]float64) { m.Observe(state, []int{0, 1}, above(before), above(f)) }
}

// The claim of CAGrad's figure 1: the mean is stuck from two of three starts, CAGrad reaches the point that is best for
// the mean from all, and so does Aligned-MTL. The others reach the front anywhere.
func TestToyOfCAGrad(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of steps")
	}
	starts := []point{{-8.5, 7.5}, {-8.5, -5}, {9, 9}}
	for _, c := range []struct {
		name  string
		use   func(*run)
		done  func(point) bool
		stuck []bool // nil: none
	}{
		{"mean", total, balanced, []bool{true, false, true}},
		{"CAGrad", ofGram(cagrad(.5)), balanced, nil},
		{"Aligned-MTL", ofGram(AlignedMTL), balanced, nil},
		{"MGDA", ofGram(MGDA), onFront, nil},
		{"PCGrad", ofGram(inIdentityOrder), onFront, nil},
		{"IMTL-G", ofGram(IMTLG), onFront, nil},
		{"Nash-MTL", ofGram(NashMTL), onFront, nil},
		{"FAMO", famo, onFront, nil},
	} {
		for i, x := range starts {
			r := &run{x: x, scale: 1}
			c.use(r)
			steps := r.until(c.done, 100_000)
			t.Logf("%s from %v: at %.4f after %d steps", c.name, x, r.x, steps)
			if stuck := c.stuck != nil && c.stuck[i]; stuck == c.done(r.x) {
				t.Errorf("%s from %v ends at %v; stuck is %v", c.name, x, r.x, !c.done(r.x))
			}
		}
	}
}

// The set-up of Nash-MTL and FAMO: one loss is ten times smaller. Methods that weigh tasks by their scale are stuck
// from (9, 9), and the sum neglects the small loss elsewhere; the others reach the front from all starts.
func TestToyOfNashMTL(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of steps")
	}
	starts := []point{{-8.5, 7.5}, {0, 0}, {9, 9}, {-7.5, -.5}, {9, -1}}
	for _, c := range []struct {
		name  string
		use   func(*run)
		stuck bool // from (9, 9)
	}{
		{"sum", total, true}, {"PCGrad", ofGram(inIdentityOrder), true}, {"CAGrad", ofGram(cagrad(.4)), true},
		{"MGDA", ofGram(MGDA), false}, {"IMTL-G", ofGram(IMTLG), false}, {"Nash-MTL", ofGram(NashMTL), false},
		{"Aligned-MTL", ofGram(AlignedMTL), false}, {"FAMO", famo, false},
	} {
		for i, x := range starts {
			if c.stuck && i != 2 {
				continue
			}
			r := &run{x: x, scale: .1}
			c.use(r)
			steps := r.until(onFront, 50_000)
			t.Logf("%s from %v: at %.4f after %d steps", c.name, x, r.x, steps)
			if onFront(r.x) == c.stuck {
				t.Errorf("%s from %v ends at %v", c.name, x, r.x)
			}
		}
	}
	r := &run{x: starts[0], scale: .1}
	total(r)
	r.until(never, 50_000)
	f, _ := r.losses()
	near(t, "where the sum ends", r.x[:], []float64{-5.7273, -8.4094}, .002)
	near(t, "the losses there", f[:], []float64{-.3798, -19.8275}, .002)
}
