package mtl

import (
	"math"
	"testing"
)

// jacobian is a matrix whose rows are gradients.
type jacobian [][]float64

func (j jacobian) gram() Gram {
	g := NewGram(len(j))
	for a := range j {
		for b := range j {
			g.V[a*g.T+b] = dot(j[a], j[b])
		}
	}
	return g
}

// combine returns Σ factors_t j_t.
func (j jacobian) combine(factors []float64) []float64 {
	d := make([]float64, len(j[0]))
	for t, row := range j {
		for i, v := range row {
			d[i] += factors[t] * v
		}
	}
	return d
}

var (
	j1 = jacobian{{-4, 1, 1}, {6, 1, 1}}
	j2 = jacobian{{-4, 1, 1}, {6, 1, 1}, {1, -2, 3}}
)

// inIdentityOrder is PCGrad with the tasks in their order.
func inIdentityOrder(g Gram) []float64 { return PCGrad(g, nil) }

func cagrad(c float64) func(Gram) []float64 {
	return func(g Gram) []float64 { return CAGrad(g, c) }
}

func upgrad(ridge float64) func(Gram) []float64 {
	return func(g Gram) []float64 { return UPGrad(g, ridge) }
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
		return
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s is %.7f, want %v", what, got, want)
			return
		}
	}
}

// Values of TorchJD's tests (tests/unit/aggregation/test_values.py) for j1, with weights computed from the formulas.
// If mean is set, they are those of the mean, T times smaller than factors here.
func TestReferenceValuesOfTwoTasks(t *testing.T) {
	for _, c := range []struct {
		name     string
		method   func(Gram) []float64
		mean     bool
		weights  []float64
		gradient []float64
	}{
		{"sum", cagrad(0), false, []float64{1, 1}, []float64{2, 2, 2}},
		{"MGDA", MGDA, true, []float64{.6, .4}, []float64{0, 1, 1}},
		{"PCGrad", inIdentityOrder, false, []float64{2.2222, 1.5789}, []float64{.5848, 3.8012, 3.8012}},
		{"CAGrad", cagrad(.5), true, []float64{.7041, .5}, []float64{.1835, 1.2041, 1.2041}},
		{"IMTL-G", IMTLG, true, []float64{.5923, .4077}, []float64{.0767, 1, 1}},
		{"FairGrad", func(g Gram) []float64 { return FairGrad(g, 1) }, false, []float64{.5915, .4071},
			[]float64{.0766, .9985, .9985}},
		{"Aligned-MTL", AlignedMTL, true, []float64{.5591, .4083}, []float64{.2133, .9673, .9673}},
		{"UPGrad", upgrad(1e-4), true, []float64{1.1109, .7894}, []float64{.2929, 1.9004, 1.9004}},
		{"DualProj", func(g Gram) []float64 { return DualProj(g, 1e-4) }, true, []float64{.6109, .5},
			[]float64{.5563, 1.1109, 1.1109}},
		{"ConFIG", ConFIG, false, nil, []float64{.1588, 2.0706, 2.0706}},
		{"Nash-MTL with length 1", func(g Gram) []float64 { return times(1/math.Sqrt2, NashMTL(g)) }, false, nil,
			[]float64{.0542, .7061, .7061}},
	} {
		checkReference(t, c.name, j1, c.method, c.mean, c.weights, c.gradient, 5.1e-5)
	}
}

// Values computed in float64 from the formulas, for three tasks.
func TestReferenceValuesOfThreeTasks(t *testing.T) {
	third := 1.0 / 3
	for _, c := range []struct {
		name     string
		method   func(Gram) []float64
		mean     bool
		weights  []float64
		gradient []float64
	}{
		{"mean", cagrad(0), true, []float64{third, third, third}, []float64{1, 0, 1.666667}},
		{"MGDA", MGDA, true, []float64{.561538, .361538, .076923}, []float64{0, .769231, 1.153846}},
		{"CAGrad .4", cagrad(.4), true, []float64{.516582, third, third}, []float64{.267003, .183249, 1.849916}},
		{"CAGrad .5", cagrad(.5), true, []float64{.562395, third, third}, []float64{.083754, .229061, 1.895728}},
		{"CAGrad 1", cagrad(1), true, []float64{1.140440, .704738, third}, []float64{0, 1.178511, 2.845178}},
		{"IMTL-G", IMTLG, true, []float64{.576066, .391154, .032780}, []float64{.075440, .901660, 1.065560}},
		{"Nash", NashMTL, false, []float64{.580953, .364361, .239968}, []float64{.102322, .465378, 1.665219}},
		{"UPGrad 1e-4", upgrad(1e-4), true, []float64{.796116, .526280, third}, []float64{.306550, .655730, 2.322397}},
		{"UPGrad 0", upgrad(0), true, []float64{.796296, .526316, third}, nil},
		{"DualProj", func(g Gram) []float64 { return DualProj(g, 1e-4) }, true, []float64{.462783, third, third},
			[]float64{.482201, .129450, 1.796116}},
		{"Aligned-MTL", AlignedMTL, true, []float64{.359496, .247823, .144048}, []float64{.193000, .319223, 1.039463}},
		{"PCGrad", inIdentityOrder, false, []float64{2.388889, 1.578947, 1}, []float64{.918129, 1.967836, 6.967836}},
	} {
		checkReference(t, c.name, j2, c.method, c.mean, c.weights, c.gradient, 6e-7)
	}
}

func checkReference(t *testing.T, name string, j jacobian, method func(Gram) []float64, mean bool,
	weights, gradient []float64, tolerance float64) {
	t.Helper()
	factors := method(j.gram())
	if mean {
		factors = times(1/float64(len(j)), factors)
	}
	if weights != nil {
		near(t, "the weights of "+name, factors, weights, tolerance)
	}
	if gradient != nil {
		near(t, "the gradient of "+name, j.combine(factors), gradient, tolerance)
	}
}

// Rows of j2 times 1, 10 and 0.1. Nash-MTL does not change and IMTL-G keeps its direction. MGDA follows the smallest
// gradient, and all others change.
func TestReferenceValuesOfScaledTasks(t *testing.T) {
	scaled := jacobian{j2[0], times(10, j2[1]), times(.1, j2[2])}
	near(t, "Nash-MTL", scaled.combine(NashMTL(scaled.gram())), []float64{.102322, .465378, 1.665219}, 6e-7)
	near(t, "IMTL-G", times(1.0/3, scaled.combine(IMTLG(scaled.gram()))), []float64{.080001, .956181, 1.129991}, 6e-7)
	near(t, "MGDA", times(1.0/3, MGDA(scaled.gram())), []float64{.023479, 0, .976521}, 6e-7)
	for name, method := range map[string]func(Gram) []float64{
		"PCGrad": inIdentityOrder, "CAGrad": cagrad(.5), "Aligned-MTL": AlignedMTL, "UPGrad": upgrad(1e-4),
	} {
		a, b := unit(j2.combine(method(j2.gram()))), unit(scaled.combine(method(scaled.gram())))
		if dot(a, b) > 0.999 {
			t.Errorf("%s has the same direction after scaling", name)
		}
	}
}

func unit(x []float64) []float64 { return times(1/math.Sqrt(dot(x, x)), x) }
