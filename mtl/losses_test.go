package mtl

import (
	"math"
	"testing"

	"braid/internal/kernel"
)

func factorsOf(b Balance, state []float64, n int) []float64 {
	f := make([]float64, n)
	b.Factors(f, state, 0)
	return f
}

// value and slope of a sum over tasks, checked by hand; the slope also by central differences.
func TestReferenceValuesOfLearnedWeights(t *testing.T) {
	for _, c := range []struct {
		name         string
		value, slope func(x, loss float64) float64
		at           float64
		sum          float64
		slopes       []float64
	}{
		{"uncertainty", func(s, l float64) float64 { return .5*math.Exp(-s)*l + .5*s }, uncertaintySlope, 0, 1.25,
			[]float64{-.5, .25}},
		{"Liebel", func(c, l float64) float64 { return l/(2*c*c) + math.Log(1+c*c) }, liebelSlope, 1, 2.636294,
			[]float64{-1, .5}},
		{"IMTL-L", func(s, l float64) float64 { return math.Exp(s)*l - s }, imtllSlope, 0, 2.5, []float64{1, -.5}},
	} {
		losses := []float64{2, .5}
		got := 0.0
		for i, l := range losses {
			got += c.value(c.at, l)
			near(t, c.name+": slope", []float64{c.slope(c.at, l)}, c.slopes[i:i+1], 1e-12)
			const h = 1e-5
			numeric := (c.value(c.at+.3+h, l) - c.value(c.at+.3-h, l)) / (2 * h)
			near(t, c.name+": slope by differences", []float64{c.slope(c.at+.3, l)}, []float64{numeric}, 1e-8)
		}
		near(t, c.name+": value", []float64{got}, []float64{c.sum}, 6e-7)
	}
}

// At a constant loss the learned factors reach those of the minimum.
func TestFixedPointsOfLearnedWeights(t *testing.T) {
	losses := []float64{.1, 1, 10}
	for _, c := range []struct {
		name    string
		balance Balance
		want    []float64
	}{
		{"uncertainty", Uncertainty{.01}, []float64{10, 1, .1}},
		{"IMTL-L", IMTLL{.01}, []float64{10, 1, .1}},
		{"Liebel", Liebel{.01}, []float64{4, 1, 1 / 5.8541}},
	} {
		state := c.balance.Start(3)
		near(t, c.name+" at the start", factorsOf(c.balance, state, 3), []float64{1, 1, 1}, 0)
		for range 3000 {
			c.balance.Observe(state, []int{0, 1, 2}, losses)
		}
		got := factorsOf(c.balance, state, 3)
		for i := range got {
			got[i] /= c.want[i]
		}
		near(t, c.name, got, []float64{1, 1, 1}, 2e-3)
	}
}

func TestDWA(t *testing.T) {
	m := DWA{Temperature: 2, Every: 2}
	state := m.Start(2)
	both := []int{0, 1}
	m.Observe(state, both, []float64{1.5, .5})
	m.Observe(state, both, []float64{2.5, 1.5}) // means 2 and 1
	near(t, "after one window", factorsOf(m, state, 2), []float64{1, 1}, 0)
	m.Observe(state, both, []float64{1, .9})
	near(t, "within the second window", factorsOf(m, state, 2), []float64{1, 1}, 0)
	m.Observe(state, both, []float64{1, .9})
	near(t, "after two windows", factorsOf(m, state, 2), []float64{.900332, 1.099668}, 6e-7)

	// TorchJD's test.
	m.Every = 1
	state = m.Start(2)
	m.Observe(state, both, []float64{2, 2})
	m.Observe(state, both, []float64{1, 4})
	near(t, "TorchJD's test", factorsOf(m, state, 2), times(2, softmax([]float64{.25, 1})), 1e-7)

	// A task without a step keeps its means.
	m.Observe(state, []int{0}, []float64{.5})
	near(t, "without a step of task 1", factorsOf(m, state, 2), times(2, softmax([]float64{.25, 1})), 1e-7)
}

func TestGLS(t *testing.T) {
	m := GLS{Smoothing: .9}
	state := m.Start(2)
	m.Observe(state, []int{0}, []float64{4})
	near(t, "with one loss", factorsOf(m, state, 2), []float64{1, 1}, 0)
	m.Observe(state, []int{1}, []float64{1})
	near(t, "factors", factorsOf(m, state, 2), times(2, []float64{.25, 1}), 1e-7) // the value of GLS is 2
}

func TestUWSO(t *testing.T) {
	m := UWSO{Temperature: 2, Smoothing: .5}
	state := m.Start(2)
	m.Observe(state, []int{0, 1}, []float64{3, .5})
	m.Observe(state, []int{0, 1}, []float64{1, .5}) // means 2 and 0.5
	near(t, "factors", factorsOf(m, state, 2), times(2, softmax([]float64{.25, 1})), 1e-6)
	m.Observe(state, []int{0, 1}, []float64{math.NaN(), 0})
	m.Observe(state, []int{1}, []float64{math.Inf(1)})
	near(t, "after losses that are not finite", state, []float64{2, .25}, 0)
	for range 100 {
		m.Observe(state, []int{1}, []float64{0})
	}
	near(t, "with a loss of almost 0", factorsOf(m, state, 2), []float64{LeastFactor, 2}, 1e-12)
}

func TestGradNorm(t *testing.T) {
	m := GradNorm{Alpha: 1.5, LR: .025}
	near(t, "targets", m.targets([]float64{1, 1}, []float64{4, 1}, []float64{1, .5}), []float64{3.849002, 1.360828}, 6e-7)
	state := m.Start(2)
	gram := jacobian{{4, 0}, {0, 1}}.gram()
	copy(state[2:], []float64{2, 2}) // first losses
	factors := m.Factors(Step{Tasks: []int{0, 1}, Gram: gram, Losses: []float64{2, 1}}, state)
	near(t, "factors", factors, []float64{1, 1}, 0)
	near(t, "factors of the next step", state[:2], []float64{.935065, 1.064935}, 6e-7)

	// A step of one task keeps the sum, and large gradients keep factors above 0.
	huge := jacobian{{4000}}.gram()
	for range 10 {
		m.Factors(Step{Tasks: []int{1}, Gram: huge, Losses: []float64{0}}, state)
	}
	if w := state[:2]; !(w[0] > 0 && w[1] > 0) || math.Abs(w[0]+w[1]-2) > 1e-12 {
		t.Errorf("factors are %v", w)
	}
}

// With constant gradients the weighted norms become equal (alpha 0).
func TestGradNormEqualisesNorms(t *testing.T) {
	m := GradNorm{Alpha: 0, LR: .001}
	state := m.Start(2)
	gram := jacobian{{4, 0}, {0, 1}}.gram()
	for range 2000 {
		m.Factors(Step{Tasks: []int{0, 1}, Gram: gram, Losses: []float64{1, 1}}, state)
	}
	near(t, "factors", state[:2], []float64{.4, 1.6}, .01)
}

func TestFAMO(t *testing.T) {
	m := FAMO{LR: .025}
	state := m.Start(2)
	both := []int{0, 1}
	factors := m.Factors(Step{Tasks: both, Losses: []float64{2, 1}}, state)
	near(t, "factors", factors, times(2, []float64{1.0 / 3, 2.0 / 3}), 1e-8)
	m.Observe(state, both, []float64{2, 1}, []float64{1.8, .95})
	l := view(state)
	near(t, "gradient of the logits", times(10, l.m), []float64{.013517, -.013517}, 6e-7)
	near(t, "z", softmax(l.x), []float64{.487503, .512497}, 6e-7)
	before := append([]float64{}, l.x...)
	equal := m.Start(2)
	m.Observe(equal, both, []float64{2, 2}, []float64{1, 1})
	near(t, "logits after equal progress", equal[:2], []float64{0, 0}, 0)
	m.Observe(state, both, []float64{2, 1}, []float64{math.NaN(), 1})
	near(t, "logits after a loss that is not finite", l.x, before, 0)
}

func TestSTCH(t *testing.T) {
	value := func(a, b float64) float64 { return math.Log(math.Exp(a) + math.Exp(b)) }
	near(t, "value", []float64{value(2, 1)}, []float64{2.313262}, 6e-7)
	const h = 1e-5
	slopes := []float64{value(2+h, 1) - value(2-h, 1), value(2, 1+h) - value(2, 1-h)}
	factors := STCH{Mu: 1}.Factors(Step{Tasks: []int{0, 1}, Losses: []float64{2, 1}}, nil)
	near(t, "factors", factors, times(2, []float64{.731059, .268941}), 1.1e-6)
	near(t, "factors by differences", factors, times(1/h, slopes), 1e-8)
}

func TestRLW(t *testing.T) {
	m := RLW{Seed: 7}
	a, b, c := make([]float64, 3), make([]float64, 3), make([]float64, 3)
	m.Factors(a, nil, 5)
	m.Factors(b, nil, 5)
	m.Factors(c, nil, 6)
	near(t, "the same step", b, a, 0)
	if a[0] == c[0] {
		t.Error("two steps have the same factors")
	}
	if math.Abs(sum(a)-3) > 1e-12 {
		t.Errorf("factors %v do not sum to 3", a)
	}
	var mean, square float64
	const n = 4000
	z := make([]float64, 2)
	for step := range uint64(n) {
		m.Factors(z, nil, step)
		d := kernel.Log64(z[0]/z[1]) / math.Sqrt2 // standard normal
		mean += d / n
		square += d * d / n
	}
	if math.Abs(mean) > .06 || math.Abs(square-1) > .1 {
		t.Errorf("the normal numbers have mean %g and mean square %g", mean, square)
	}
}

func TestEqual(t *testing.T) {
	near(t, "factors", factorsOf(Equal{[]float64{4, .5}}, nil, 2), []float64{.25, 2}, 0)
}
