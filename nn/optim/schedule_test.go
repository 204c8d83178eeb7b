package optim

import (
	"math"
	"testing"

	"braid/internal/fixture"
)

func TestSchedulesAreTorchs(t *testing.T) {
	for _, c := range []struct {
		name     string
		schedule func(f *fixture.File) func(uint64) float64
	}{
		{"lr_cosine", func(f *fixture.File) func(uint64) float64 {
			return Schedule("cosine", 0, int(f.Number("t_max")), 0, 0)
		}},
		{"lr_linear_warmup_decay", func(f *fixture.File) func(uint64) float64 {
			return Schedule("linear", int(f.Number("warmup")), int(f.Number("total")), 0, 0)
		}},
		{"lr_step", func(f *fixture.File) func(uint64) float64 {
			return Schedule("step", 0, 0, int(f.Number("step")), f.Number("gamma"))
		}},
		{"lr_exponential", func(f *fixture.File) func(uint64) float64 {
			return Schedule("exponential", 0, 0, 1, f.Number("gamma"))
		}},
		{"lr_inverse_warmup", func(f *fixture.File) func(uint64) float64 {
			return Schedule("inverse", int(f.Number("warmup")), 0, int(f.Number("every")), f.Number("gamma"))
		}},
		{"lr_cosine_warmup", func(f *fixture.File) func(uint64) float64 {
			return Schedule("cosine", int(f.Number("warmup")), int(f.Number("total")), 0, 0)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fixture.Load(t, c.name)
			schedule := c.schedule(f)
			var got []float64
			for step := range f.Tensor("factor").Data {
				got = append(got, schedule(uint64(step)))
			}
			fixture.Close(t, "factor", got, f.Tensor("factor").Data, 1e-8)
		})
	}
}

func TestScheduleEnds(t *testing.T) {
	for _, c := range []struct {
		kind          string
		warmup, total int
		step          uint64
		want          float64
	}{
		{"constant", 0, 0, 1000, 1},
		{"constant", 10, 0, 0, 0.1},
		{"cosine", 10, 20, 9, 1},
		{"cosine", 10, 20, 15, 0.5},
		{"cosine", 10, 20, 99, 0},
		{"linear", 10, 20, 99, 0},
		{"linear", 30, 20, 29, 1},
		{"linear", 30, 20, 30, 1},
		{"linear", 0, 4, 1, 0.75},
		{"linear", 2, 6, 3, 0.75},
		{"linear", -1, 3, 1, 0.75}, // 4 steps without a warm-up
		{"cosine", 0, 4, 0, 1},
		{"constant", 1, 0, 0, 1},
		{"constant", 3, 0, 2, 1},
		{"", 0, 0, 5, 1},
	} {
		if got := Schedule(c.kind, c.warmup, c.total, 0, 0)(c.step); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s, warm-up %d of %d, step %d: %v, want %v", c.kind, c.warmup, c.total, c.step, got, c.want)
		}
	}
}

// every below 1 counts as 1; the factor falls at multiples of every, counted from the warm-up.
func TestDecaysCountFromTheWarmUp(t *testing.T) {
	for _, c := range []struct {
		kind          string
		warmup, every int
		step          uint64
		want          float64
	}{
		{"step", 0, 3, 2, 1},
		{"step", 0, 3, 3, 0.25},
		{"step", 0, 3, 6, 0.0625},
		{"step", 2, 3, 4, 1},
		{"step", 2, 3, 5, 0.25},
		{"step", 0, 0, 2, 0.0625},
		{"step", 0, -5, 1, 0.25},
		{"exponential", 0, 2, 1, 0.5},
		{"exponential", 0, 2, 2, 0.25},
		{"exponential", 0, 2, 5, 0.03125},
		{"exponential", 1, 2, 2, 0.5},
		{"exponential", 0, 0, 3, 0.015625},
		{"inverse", 0, 5, 4, 1},
		{"inverse", 0, 5, 5, 0.8},
		{"inverse", 3, 5, 22, 4. / 7},
		{"inverse", 0, 0, 4, 0.5},
	} {
		if got := Schedule(c.kind, c.warmup, 0, c.every, 0.25)(c.step); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s every %d, warm-up %d, step %d: %v, want %v", c.kind, c.every, c.warmup, c.step, got, c.want)
		}
	}
}

func TestElementary(t *testing.T) {
	for i := range 1001 {
		x := float64(i) / 1000
		if got, want := cosPi(x), math.Cos(math.Pi*x); math.Abs(got-want) > 5e-16 {
			t.Errorf("cosPi(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{1e-9, 0.1, 0.5, 0.999, 1, 1.5, 40} {
		for _, n := range []uint64{1, 2, 3, 10, 1000, 1_000_000} {
			r := root(x, n)
			if want := math.Pow(x, 1/float64(n)); math.Abs(r-want) > 1e-14*want {
				t.Errorf("root(%v, %d) = %v, want %v", x, n, r, want)
			}
		}
	}
	for _, c := range []struct {
		x    float64
		n    uint64
		want float64
	}{{3, 13, 1594323}, {3, 0, 1}, {3, 1, 3}, {2, 10, 1024}, {0.5, 3, 0.125}, {0, 0, 1}, {0, 4, 0}} {
		if got := power(c.x, c.n); got != c.want {
			t.Errorf("%v^%d = %v, want %v", c.x, c.n, got, c.want)
		}
	}
	// Bits of roots: a change here changes models.
	for _, c := range []struct {
		x    float64
		n    uint64
		want uint64
	}{
		{0.5, 2, 0x3fe6a09e667f3bcc},
		{0.5, 3, 0x3fe965fea53d6e3c},
		{0.5, 10, 0x3feddb680117ab12},
		{0.5, 1000, 0x3feffa52de61c11f},
		{0.9, 2, 0x3fee5b9d136c6d96},
		{0.9, 3, 0x3feee549fe7085e7},
		{0.9, 10, 0x3fefaa244a984079},
		{0.9, 1000, 0x3fefff230dfbcec7},
		{0.999, 2, 0x3feffbe72966ccac},
		{0.999, 3, 0x3feffd44b7580664},
		{0.999, 10, 0x3fefff2e30bbfae4},
		{0.999, 1000, 0x3feffffde6dc5999},
		{0.1, 2, 0x3fd43d136248490f},
		{0.1, 3, 0x3fddb4c7760bcff2},
		{0.1, 10, 0x3fe96b230bcdc434},
		{0.1, 1000, 0x3fefed28af2ab826},
		{1.5, 7, 0x3ff0f442ce1157a3},
	} {
		if got := math.Float64bits(root(c.x, c.n)); got != c.want {
			t.Errorf("root(%v, %d) has bits %#x, want %#x", c.x, c.n, got, c.want)
		}
	}
	for _, x := range []float64{0, -1} {
		if got := root(x, 3); got != x {
			t.Errorf("root(%v, 3) = %v", x, got)
		}
	}
}
