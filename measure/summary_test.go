package measure

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"braid/run"

	"github.com/google/go-cmp/cmp"
)

// expected gradients of three tasks in four dimensions: the cosines of the first with the others are 0 and -0.6.
var expected = [][]float64{{1, 0, 0, 0}, {0, 2, 0, 0}, {-0.6, 0.8, 0, 0}}

// noisy returns the products of batches whose halves have independent normal noise. noise is by task: the standard
// deviation of every number of a whole batch's gradient.
func noisy(r *rand.Rand, noise []float64) *run.Products {
	half := func() (all [][]float64) {
		for t, g := range expected {
			x := make([]float64, len(g))
			for k := range x {
				x[k] = g[k]/2 + r.NormFloat64()*noise[t]/math.Sqrt2
			}
			all = append(all, x)
		}
		return all
	}
	a, b := half(), half()
	dot := func(x, y []float64) (sum float64) {
		for k := range x {
			sum += x[k] * y[k]
		}
		return sum
	}
	p := &run.Products{}
	for i := range expected {
		for j := range i + 1 {
			cross := dot(a[i], b[j]) + dot(b[i], a[j])
			p.Batch = append(p.Batch, float32(dot(a[i], a[j])+dot(b[i], b[j])+cross))
			p.Halves = append(p.Halves, float32(2*cross))
		}
	}
	return p
}

// Corrected figures are those of the expected gradients, within their errors; raw cosines are too small.
func TestAgreementIsThatOfExpectedGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	noise := []float64{1, 3, 0.5}
	var products []*run.Products
	for range 4000 {
		products = append(products, noisy(r, noise))
	}
	chance := []float64{0.5, 0.25, 0.25}
	a := agree(products, 3, chance)
	for i, g := range expected {
		for j, h := range expected {
			want := cosine(g, h)
			if i != j && math.Abs(float64(a.Cosine[i][j])-want) > 4*float64(a.Error[i][j]) || a.Error[i][j] > 0.1 {
				t.Errorf("tasks %d and %d: cosine %.3f ± %.3f, want %.3f", i, j, a.Cosine[i][j], a.Error[i][j], want)
			}
			if i != j && math.Abs(float64(a.Raw[i][j])) > 0.5*math.Abs(want)+0.05 {
				t.Errorf("tasks %d and %d: raw cosine %.3f, so noisy batches should hide %.3f", i, j, a.Raw[i][j], want)
			}
		}
		square := 0.0
		for _, v := range g {
			square += v * v
		}
		near(t, "norm", float64(a.Norm[i]), math.Sqrt(square), 0.1)
		near(t, "noise", float64(a.Noise[i]), 4*noise[i]*noise[i]/square, 0.2)
		near(t, "share", float64(a.Share[i]), shareOf(i, chance), 0.05)
	}
	// The cosines of the pairs are 0, -0.6 and 0.8, so about half of their products are negative; with itself fewer.
	if s, o := a.NegativeSelf, a.NegativeOther; s < 0.2 || s > 0.45 || o < 0.45 || o > 0.55 {
		t.Errorf("negative: %.2f of the same task, %.2f of others", s, o)
	}
}

func cosine(a, b []float64) float64 {
	var ab, aa, bb float64
	for k := range a {
		ab, aa, bb = ab+a[k]*b[k], aa+a[k]*a[k], bb+b[k]*b[k]
	}
	return ab / math.Sqrt(aa*bb)
}

// shareOf is the definition of Agreement.Share.
func shareOf(t int, chance []float64) float64 {
	m := make([]float64, 4)
	for i, g := range expected {
		for k := range m {
			m[k] += chance[i] * g[k]
		}
	}
	own, all := 0.0, 0.0
	for k := range m {
		own += chance[t] * expected[t][k] * m[k]
		all += m[k] * m[k]
	}
	return own / all
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within*max(1, math.Abs(want))) {
		t.Errorf("%s %.3f, want %.3f", what, got, want)
	}
}

// The standard error of the jackknife is the spread of repeated measurements.
func TestErrorIsTheSpread(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 3))
	var values, errors []float64
	for range 300 {
		var products []*run.Products
		for range 100 {
			products = append(products, noisy(r, []float64{0.5, 0.5, 0.5}))
		}
		a := agree(products, 3, nil)
		values = append(values, float64(a.Cosine[2][0]))
		errors = append(errors, float64(a.Error[2][0]))
	}
	_, of := meanOf(values)
	spread := float64(of) * math.Sqrt(float64(len(values)))
	mean, _ := meanOf(errors)
	near(t, "mean error over spread", float64(mean)/spread, 1, 0.15)
}

// A task whose noise hides its gradient has unknown figures, which JSON writes as null.
func TestUnknownFigures(t *testing.T) {
	one := &run.Products{Batch: []float32{4, 1, 4}, Halves: []float32{-2, 1, 4}}
	a := agree([]*run.Products{one}, 2, nil)
	if a.Norm[0].Known() || a.Noise[0].Known() || a.Cosine[0][1].Known() || a.Cosine[0][0].Known() ||
		a.Error[1][1].Known() {
		t.Errorf("known: %+v", a)
	}
	if a.Norm[1] != 2 || a.Cosine[1][1] != 1 || a.Raw[0][1] != 0.25 || a.NegativeSelf != 0.5 || a.NegativeOther != 0 {
		t.Errorf("%+v", a)
	}
	text, err := json.Marshal(a)
	if err != nil || !strings.Contains(string(text), `"norm":[null,2]`) {
		t.Errorf("%s (%v)", text, err)
	}
}

func line(step uint64, tasks []string, before, after map[string]float64) run.Metric {
	products := &run.Products{Batch: []float32{4, 1, 4}, Halves: []float32{1, 0.5, 1}}
	return run.Metric{Kind: "measure", Step: step, Tasks: tasks, Seconds: 1,
		Measure: &run.Measure{Tasks: []string{"a", "b"}, Before: before, After: after, Encoder: products}}
}

// Effects are means over the steps that trained the task alone, and over those that trained all tasks; skipped steps,
// losses that are missing and steps outside the bounds do not count.
func TestSummarise(t *testing.T) {
	both := func(a, b float64) map[string]float64 { return map[string]float64{"a": a, "b": b} }
	skipped := line(5, []string{"a"}, both(1, 1), both(9, 9))
	skipped.Skipped = true
	lines := []run.Metric{
		line(1, []string{"a"}, both(2, 4), both(1, 4)),
		{Kind: "step", Step: 1, Seconds: 12}, {Kind: "step", Step: 2, Seconds: 12}, {Kind: "evaluation", Step: 2, Seconds: 9},
		line(3, []string{"a"}, both(4, 1), map[string]float64{"b": 2}),
		line(4, []string{"a", "b"}, both(1, 1), both(0.5, 2)),
		skipped,
		line(9, []string{"b"}, both(1, 1), both(9, 9)), {Kind: "step", Step: 9, Seconds: 99},
	}
	s, err := Summarise(lines, 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	want := []Effect{{Of: "a", Steps: 2, Gain: []Figure{0.5, -0.5}, Error: []Figure{Figure(math.NaN()), 0.5}},
		{Steps: 1, Gain: []Figure{0.5, -1}, Error: []Figure{Figure(math.NaN()), Figure(math.NaN())}}}
	same := cmp.Comparer(func(a, b Figure) bool {
		return a == b || !a.Known() && !b.Known() || math.Abs(float64(a-b)) < 1e-12
	})
	if diff := cmp.Diff(want, s.Effects, same); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	if s.Measurements != 4 || s.First != 1 || s.Last != 5 || math.Abs(float64(s.Time)-4.0/28) > 1e-12 || s.Tables != nil {
		t.Errorf("%+v", s)
	}
	if s.Encoder.Cosine[0][1] != 0.5 || s.Encoder.Raw[0][1] != 0.25 || s.Encoder.Noise[0] != 3 {
		t.Errorf("%+v", s.Encoder)
	}
}

func TestRecordsThatDoNotFit(t *testing.T) {
	other, short, chances := line(2, nil, nil, nil), line(2, nil, nil, nil), line(2, nil, nil, nil)
	other.Measure.Tasks = []string{"a", "c"}
	short.Measure.Encoder = &run.Products{Batch: []float32{1}, Halves: []float32{1}}
	chances.Measure.Chance = []float64{1}
	for want, lines := range map[string][]run.Metric{
		"no measurement":       {{Kind: "step", Step: 1}},
		"the tasks":            {line(1, nil, nil, nil), other},
		"1 and 1 products":     {short},
		"1 chances of 2 tasks": {chances},
	} {
		if _, err := Summarise(lines, 1, 9); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
