package mtl

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"braid/internal/rng"
)

// method is a Conflict method of the Gram matrix alone, with the properties that it has.
type method struct {
	name   string
	do     func(Gram) []float64
	single func(norm float64) float64 // factor of one task

	nonConflicting bool // no task gets worse: g_t·d ≥ 0
	permutes       bool // does not depend on the order of the tasks
	linear         bool // d is linear in factors on the rows
	hull           bool // the direction ignores duplicates of a task
}

func one(float64) float64 { return 1 }

var methods = []method{
	{name: "PCGrad", do: inIdentityOrder, single: one},
	{name: "CAGrad .5", do: cagrad(.5), single: func(float64) float64 { return 1.5 }, permutes: true},
	{name: "CAGrad 1", do: cagrad(1), single: func(float64) float64 { return 2 }, nonConflicting: true, permutes: true},
	{name: "Nash-MTL", do: NashMTL, single: func(n float64) float64 { return 1 / n }, nonConflicting: true,
		permutes: true},
	{name: "FairGrad 2", do: func(g Gram) []float64 { return FairGrad(g, 2) },
		single: func(n float64) float64 { return math.Pow(n, -4.0/3) }, nonConflicting: true, permutes: true},
	{name: "MGDA", do: MGDA, single: one, nonConflicting: true, permutes: true, hull: true},
	{name: "UPGrad", do: upgrad(0), single: one, nonConflicting: true, permutes: true, linear: true},
	{name: "DualProj", do: func(g Gram) []float64 { return DualProj(g, 0) }, single: one, nonConflicting: true,
		permutes: true},
	{name: "Aligned-MTL", do: AlignedMTL, single: one, permutes: true},
	{name: "IMTL-G", do: IMTLG, single: one, permutes: true, hull: true},
	{name: "ConFIG", do: ConFIG, single: one, permutes: true, linear: true},
}

// matrices are Jacobians of 1 to 64 tasks: of full rank, of lower rank, with zero, parallel and opposed rows, with
// positive combinations that cancel, and with 0 as the only gradient.
func matrices(random *rand.Rand) map[string]jacobian {
	normal := func(t, p int) jacobian {
		j := make(jacobian, t)
		for i := range j {
			j[i] = make([]float64, p)
			for k := range j[i] {
				j[i][k] = random.NormFloat64()
			}
		}
		return j
	}
	set := map[string]jacobian{}
	for _, shape := range [][2]int{{1, 1}, {1, 5}, {2, 3}, {3, 3}, {5, 20}, {16, 100}, {20, 19}, {64, 200}, {64, 20}} {
		set[fmt.Sprint(shape)] = normal(shape[0], shape[1])
	}
	zero := normal(5, 8)
	zero[2] = make([]float64, 8)
	set["zero row"] = zero
	set["zeros"] = jacobian{{0, 0}, {0, 0}}
	set["[0 0] [0 1]"] = jacobian{{0, 0}, {0, 1}}
	parallel := normal(4, 8)
	parallel[3] = times(2.5, parallel[1])
	set["parallel rows"] = parallel
	opposed := normal(4, 8)
	opposed[2] = times(-1, opposed[0])
	set["opposed rows"] = opposed
	set["two opposed"] = jacobian{{1, 2}, {-2, -4}}
	cancelling := normal(4, 8) // 0 is inside of the hull
	cancelling[3] = times(-.7, cancelling.combine([]float64{1, 1, 1, 0}))
	set["cancelling"] = cancelling
	nearly := normal(3, 8)
	nearly[2] = slices.Clone(nearly[0])
	nearly[2][0] += 1e-9
	set["nearly parallel"] = nearly
	return set
}

// each calls f for every matrix at every scale, rows scaled alike.
func each(t *testing.T, scales []float64, f func(name string, j jacobian)) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	set := matrices(random)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range set {
			if !yield(k) {
				return
			}
		}
	}) {
		for _, s := range scales {
			j := make(jacobian, len(set[name]))
			for i, row := range set[name] {
				j[i] = times(s, row)
			}
			f(fmt.Sprintf("%s, scale %g", name, s), j)
		}
	}
}

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }

func (j jacobian) longest() float64 {
	longest := 0.0
	for _, row := range j {
		longest = max(longest, norm(row))
	}
	return longest
}

// Every method gives finite factors and directions at scales from 1e-10 to 1e15, and where it must, no task gets worse.
func TestMethodsAreFiniteAndDoNotConflict(t *testing.T) {
	each(t, []float64{1e-10, 1, 1e15}, func(name string, j jacobian) {
		g := j.gram()
		for _, m := range methods {
			factors := m.do(g)
			d := j.combine(factors)
			if sum(factors)-sum(factors) != 0 || norm(d)-norm(d) != 0 {
				t.Errorf("%s of %s: factors %v", m.name, name, factors)
			}
			size := 0.0 // of the terms that cancel
			for i, row := range j {
				size = max(size, math.Abs(factors[i])*norm(row))
			}
			for i, row := range j {
				if dot(row, row) == 0 && factors[i] != 0 {
					t.Errorf("%s of %s: the zero row %d has the factor %g", m.name, name, i, factors[i])
				}
				if along := dot(row, d); m.nonConflicting && along < -2e-6*norm(row)*size {
					t.Errorf("%s of %s: g_%d·d is %g, |g| %g, largest term %g", m.name, name, i, along, norm(row), size)
				}
			}
		}
	})
}

func TestMethodsDoNotDependOnTheOrderOfTasks(t *testing.T) {
	each(t, []float64{1}, func(name string, j jacobian) {
		order := rand.New(rand.NewPCG(5, uint64(len(j)))).Perm(len(j))
		permuted := make(jacobian, len(j))
		for i, k := range order {
			permuted[i] = j[k]
		}
		for _, m := range methods {
			if !m.permutes {
				continue
			}
			a, b := j.combine(m.do(j.gram())), permuted.combine(m.do(permuted.gram()))
			near(t, fmt.Sprintf("%s of %s, permuted", m.name, name), b, a, 1e-5*max(norm(a), j.longest()))
		}
	})
}

func TestLinearUnderScalingOfRows(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 7))
	for _, shape := range [][2]int{{2, 3}, {5, 20}, {16, 100}} {
		j := matrices(random)[fmt.Sprint(shape)]
		for _, m := range methods {
			if !m.linear {
				continue
			}
			at := func(c []float64) []float64 {
				s := make(jacobian, len(j))
				for i, row := range j {
					s[i] = times(c[i], row)
				}
				return s.combine(m.do(s.gram()))
			}
			c, e := make([]float64, len(j)), make([]float64, len(j))
			both := make([]float64, len(j))
			for i := range c {
				c[i], e[i] = math.Exp(random.NormFloat64()), math.Exp(random.NormFloat64())
				both[i] = 2*c[i] + 3*e[i]
			}
			want := times(2, at(c))
			for i, v := range at(e) {
				want[i] += 3 * v
			}
			near(t, fmt.Sprintf("%s of %v", m.name, shape), at(both), want, 1e-6*norm(want))
		}
	}
}

func TestOneTask(t *testing.T) {
	for _, scale := range []float64{1e-8, 1, 1e6} {
		j := jacobian{times(scale, []float64{3, -4})}
		for _, m := range methods {
			want := m.single(norm(j[0]))
			near(t, fmt.Sprintf("%s at %g", m.name, scale), m.do(j.gram()), []float64{want}, 1e-8*want)
		}
	}
}

// T identical gradients give a positive multiple of the gradient: T times it, where the method does not set the length.
func TestIdenticalTasks(t *testing.T) {
	for _, n := range []int{2, 3, 16, 64} {
		j := make(jacobian, n)
		for i := range j {
			j[i] = []float64{1, -2, .5}
		}
		for _, m := range methods {
			d := j.combine(m.do(j.gram()))
			near(t, fmt.Sprintf("the direction of %s, %d tasks", m.name, n), unit(d), unit(j[0]), 1e-6)
			if m.name == "PCGrad" || m.name == "UPGrad" || m.name == "MGDA" || m.name == "IMTL-G" || m.name == "ConFIG" ||
				m.name == "Aligned-MTL" {
				near(t, fmt.Sprintf("%s of %d tasks", m.name, n), d, times(float64(n), j[0]), 1e-5*float64(n))
			}
		}
	}
}

func TestADuplicateChangesTheDirectionOfSumsAlone(t *testing.T) {
	twice := append(slices.Clone(j2), j2[0])
	for _, m := range methods {
		cosine := dot(unit(j2.combine(m.do(j2.gram()))), unit(twice.combine(m.do(twice.gram()))))
		switch m.name {
		case "PCGrad", "CAGrad .5", "UPGrad":
			if cosine > 1-1e-4 {
				t.Errorf("%s has the same direction", m.name)
			}
		}
		if m.hull && cosine < 1-1e-9 {
			t.Errorf("%s has another direction: cosine %.12f", m.name, cosine)
		}
	}
}

func TestNashIsScaleInvariantAndFairGradOfOne(t *testing.T) {
	each(t, []float64{1}, func(name string, j jacobian) {
		scaled := make(jacobian, len(j))
		for i, row := range j {
			scaled[i] = times(math.Pow(10, float64(i%7-3)), row)
		}
		a, b := j.combine(NashMTL(j.gram())), scaled.combine(NashMTL(scaled.gram()))
		near(t, "Nash-MTL of "+name, b, a, 1e-4*math.Sqrt(float64(len(j))))
		for _, alpha := range []float64{.5, 1, 2, 5} {
			g := j.gram()
			w := FairGrad(g, alpha)
			for i, y := range g.times(w) {
				switch {
				case w[i] == 0 && g.At(i, i) == 0:
				case !(w[i] > 0):
					t.Errorf("FairGrad %g of %s: factor %g", alpha, name, w[i])
				default: // G w = w^(-1/a), up to the ridge
					want := math.Pow(w[i], -1/alpha)
					near(t, fmt.Sprintf("FairGrad %g of %s", alpha, name), []float64{y / want}, []float64{1},
						1e-6+2e-9*w[i]*g.At(i, i)/want)
				}
			}
		}
	})
}

// PCGrad of two tasks is UPGrad, and its factors are 1 - g12/g11 and 1 - g12/g22 if the tasks conflict.
func TestPCGradOfTwoTasksIsUPGrad(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	for range 100 {
		j := matrices(random)["[2 3]"]
		g := j.gram()
		near(t, "PCGrad", PCGrad(g, nil), UPGrad(g, 0), 1e-8*g.trace()/min(g.At(0, 0), g.At(1, 1)))
	}
}

func TestPCGradTakesItsOrderFromTheStream(t *testing.T) {
	g := matrices(rand.New(rand.NewPCG(1, 1)))["[64 20]"].gram()
	at := func(step uint64) []float64 {
		return PCGrad(g, rng.Key{Seed: 1, Purpose: rng.Conflict, A: step}.Stream())
	}
	near(t, "the same step again", at(3), at(3), 0)
	if slices.Equal(at(3), at(4)) || slices.Equal(at(3), PCGrad(g, nil)) {
		t.Error("the order does not depend on the step")
	}
}

// A ball of radius c|g| around the sum holds d, and no direction in it improves the worst task more.
func TestCAGradIsTheBestDirectionInItsBall(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 11))
	each(t, []float64{1}, func(name string, j jacobian) {
		for _, c := range []float64{.2, .5, .9} {
			total := j.combine(ones(len(j)))
			d := j.combine(CAGrad(j.gram(), c))
			away := make([]float64, len(d))
			for i := range d {
				away[i] = d[i] - total[i]
			}
			if norm(away) > (1+1e-6)*c*norm(total) {
				t.Errorf("CAGrad %g of %s is %g away from the sum, radius %g", c, name, norm(away), c*norm(total))
			}
			worst := func(d []float64) float64 {
				w := math.Inf(1)
				for _, row := range j {
					if norm(row) > 0 {
						w = min(w, dot(row, d))
					}
				}
				return w
			}
			if len(j) > 20 {
				continue
			}
			best := worst(d)
			for k := range 300 {
				other := make([]float64, len(d))
				for i := range other {
					other[i] = random.NormFloat64()
				}
				radius := c * norm(total)
				if k%2 == 0 { // near d
					for i, v := range unit(other) {
						other[i] = away[i] + .05*radius*v
					}
				}
				r := norm(other)
				for i := range other {
					other[i] = total[i] + other[i]/r*min(r, radius)
				}
				if w := worst(other); w > best+1e-6*j.longest()*norm(total) {
					t.Fatalf("CAGrad %g of %s improves the worst task by %g, another direction by %g", c, name, best, w)
				}
			}
		}
	})
}

// The direction of ConFIG has equal cosines with all gradients, and that of IMTL-G equal projections.
func TestEqualCosinesAndProjections(t *testing.T) {
	for _, shape := range [][2]int{{2, 3}, {5, 20}, {16, 100}, {64, 200}} {
		j := matrices(rand.New(rand.NewPCG(12, 13)))[fmt.Sprint(shape)]
		for name, do := range map[string]func(Gram) []float64{"ConFIG": ConFIG, "IMTL-G": IMTLG} {
			d := unit(j.combine(do(j.gram())))
			for i, row := range j {
				a, b := dot(unit(row), d), dot(unit(j[0]), d)
				if math.Abs(a-b) > 1e-9 || a <= 0 {
					t.Errorf("%s of %v: the cosine with task %d is %g, with task 0 %g", name, shape, i, a, b)
				}
			}
		}
		d := j.combine(ConFIG(j.gram()))
		along := 0.0
		for _, row := range j {
			along += dot(row, unit(d))
		}
		near(t, "the length of ConFIG", []float64{norm(d)}, []float64{along}, 1e-9*along)
	}
}

// A matrix that is not finite gives the sum, so that the caller finds the gradient that is not finite.
func TestNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		g := j2.gram()
		g.V[4] = bad
		for _, m := range methods {
			near(t, m.name, m.do(g), ones(3), 0)
		}
		for _, c := range []Conflict{GradNorm{1.5, .025}, FAMO{.025, 0}, STCH{1}} {
			state := c.Start(3)
			got := c.Factors(Step{Tasks: []int{0, 1, 2}, Gram: g, Losses: []float64{1, bad, 1}}, state)
			near(t, fmt.Sprintf("%T", c), got, ones(3), 0)
			if sum(state)-sum(state) != 0 {
				t.Errorf("%T: state %v", c, state)
			}
		}
	}
}

// BenchmarkMethods measures one call for 4, 16 and 64 tasks whose gradients conflict.
func BenchmarkMethods(b *testing.B) {
	for _, n := range []int{4, 16, 64} {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		j := make(jacobian, n)
		for i := range j {
			j[i] = make([]float64, 2*n)
			for k := range j[i] {
				j[i][k] = random.NormFloat64() - .1
			}
		}
		g := j.gram()
		for _, m := range methods {
			b.Run(fmt.Sprintf("%s/T=%d", m.name, n), func(b *testing.B) {
				for b.Loop() {
					m.do(g)
				}
			})
		}
	}
}
