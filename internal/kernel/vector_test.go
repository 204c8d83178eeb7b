package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// call runs one function of the package on n random elements and returns every
// element that the function wrote.
type call struct {
	name string
	run  func(r *rand.Rand, n int, wild bool) []float32
}

// calls lists every function except the products.
var calls = []call{
	{"AddTo", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, wild)
		AddTo(x, random(r, n, wild))
		return x
	}},
	{"Axpy", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, wild)
		Axpy(random(r, 1, wild)[0], random(r, n, wild), x)
		return x
	}},
	{"Scale", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, wild)
		Scale(random(r, 1, wild)[0], x)
		return x
	}},
	{"SumRows", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, wild)
		SumRows(x, random(r, 5*n, wild), n, n, []int32{4, 0, 2, 2})
		return x
	}},
	{"Dot", func(r *rand.Rand, n int, wild bool) []float32 {
		return halves(Dot(random(r, n, wild), random(r, n, wild)))
	}},
	{"SumSquares", func(r *rand.Rand, n int, wild bool) []float32 {
		return halves(SumSquares(random(r, n, wild)))
	}},
	{"Finite", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, false)
		if wild && n > 0 {
			x[r.IntN(n)] = math.Float32frombits(0x7f800000 | r.Uint32()&(signBit|1))
		}
		if Finite(x) {
			return []float32{1}
		}
		return []float32{0}
	}},
	{"Exp", elementwise(Exp)},
	{"Sigmoid", elementwise(Sigmoid)},
	{"Tanh", elementwise(Tanh)},
	{"Log", elementwise(Log)},
	{"SoftmaxRows", func(r *rand.Rand, n int, wild bool) []float32 {
		x, p, lse := spread(r, 3*(n+1), wild), make([]float32, 3*(n+1)), make([]float32, 3)
		SoftmaxRows(p, x, n+1, 3, n, lse)
		return append(p, lse...)
	}},
	{"CellForward", func(r *rand.Rand, n int, wild bool) []float32 {
		const m = 2
		gates, prev := spread(r, m*(4*n+1), wild), random(r, m*(n+2), wild)
		c, tanhC, h := make([]float32, m*(n+3)), make([]float32, m*(n+3)), make([]float32, m*(n+4))
		CellForward(gates, 4*n+1, prev, n+2, c, tanhC, n+3, h, n+4, m, n)
		return join(gates, c, tanhC, h)
	}},
	{"CellForward without cPrev", func(r *rand.Rand, n int, wild bool) []float32 {
		gates, c, tanhC, h := spread(r, 4*n, wild), make([]float32, n), make([]float32, n), make([]float32, n)
		CellForward(gates, 4*n, nil, 0, c, tanhC, n, h, n, 1, n)
		return join(gates, c, tanhC, h)
	}},
	{"CellBackward", func(r *rand.Rand, n int, wild bool) []float32 {
		const m = 2
		gates, prev, tanhC := random(r, m*(4*n+1), wild), random(r, m*(n+2), wild), random(r, m*(n+3), wild)
		d, dh, dc := make([]float32, m*(4*n+2)), random(r, m*(n+4), wild), random(r, m*(n+5), wild)
		CellBackward(d, 4*n+2, gates, 4*n+1, prev, n+2, tanhC, n+3, dh, n+4, dc, n+5, m, n)
		return join(d, dc)
	}},
	{"CellBackward in place, without cPrev", func(r *rand.Rand, n int, wild bool) []float32 {
		gates, tanhC, dh, dc := random(r, 4*n, wild), random(r, n, wild), random(r, n, wild), random(r, n, wild)
		CellBackward(gates, 4*n, gates, 4*n, nil, 0, tanhC, n, dh, n, dc, n, 1, n)
		return join(gates, dc)
	}},
	{"RoundBF16", func(r *rand.Rand, n int, wild bool) []float32 {
		x := random(r, n, wild)
		RoundBF16(x)
		return x
	}},
	{"Split", func(r *rand.Rand, n int, wild bool) []float32 {
		p, rest, added := random(r, n, wild), make([]float32, n), make([]float32, n)
		Split(p, random(r, n, wild), rest, added)
		return join(p, rest, added)
	}},
	{"ToBF16", func(r *rand.Rand, n int, wild bool) []float32 {
		b := make([]byte, 2*n)
		ToBF16(b, random(r, n, wild))
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(binary.LittleEndian.Uint16(b[2*i:]))
		}
		return x
	}},
	{"FromBF16", func(r *rand.Rand, n int, wild bool) []float32 {
		b, x := make([]byte, 2*n), make([]float32, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		FromBF16(x, b)
		return x
	}},
	{"Adam", func(r *rand.Rand, n int, wild bool) []float32 {
		p, m, v := random(r, n, wild), random(r, n, wild), random(r, n, wild)
		Adam(p, m, v, random(r, n, wild), step)
		return join(p, m, v)
	}},
}

var step = AdamStep{
	Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001,
	StepSize: 0.01, InvSqrtBias2: 3, Eps: 1e-8, ScaleG: 0.25, WeightDecay: 0.02, DecoupledDecay: 0.003,
}

func elementwise(f func(dst, x []float32)) func(r *rand.Rand, n int, wild bool) []float32 {
	return func(r *rand.Rand, n int, wild bool) []float32 {
		x := spread(r, n, wild)
		y := make([]float32, n)
		f(y, x)
		f(x, x)
		return append(y, x...)
	}
}

// spread is random with a wider range.
func spread(r *rand.Rand, n int, wild bool) []float32 {
	x := random(r, n, wild)
	for i := range x {
		x[i] *= 30
	}
	return x
}

func join(x ...[]float32) (all []float32) {
	for _, v := range x {
		all = append(all, v...)
	}
	return all
}

// halves returns all bits of a float64 as float32 numbers; a NaN is returned as one NaN.
func halves(v float64) []float32 {
	if v != v {
		return []float32{float32(v)}
	}
	u := math.Float64bits(v)
	return []float32{float32(u >> 48), float32(u >> 24 & (1<<24 - 1)), float32(u & (1<<24 - 1))}
}

func TestFormsGiveTheSameBits(t *testing.T) {
	before := Form()
	defer Use(before)
	for _, c := range calls {
		for n := range 70 {
			for _, wild := range []bool{false, true} {
				var want []float32
				for i := len(Forms()) - 1; i >= 0; i-- { // the portable one first
					Use(Forms()[i])
					got := c.run(rand.New(rand.NewPCG(uint64(n), 1)), n, wild)
					if want == nil {
						want = got
					}
					compare(t, fmt.Sprintf("%s, %d elements, wild %v, %s", c.name, n, wild, Form()), got, want)
				}
			}
		}
	}
}

func TestFormsGiveTheSameBitsAtAnyLength(t *testing.T) {
	before := Form()
	defer Use(before)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(calls).Draw(t, "call")
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		wild := rapid.Bool().Draw(t, "wild")
		seed := rapid.Uint64().Draw(t, "seed")
		var want []float32
		for _, form := range Forms() {
			Use(form)
			got := c.run(rand.New(rand.NewPCG(seed, 2)), n, wild)
			if want == nil {
				want = got
			}
			compare(t, form, got, want)
		}
	})
}

// Every function of one argument, on evenly spaced bit patterns of all magnitudes.
func TestFormsGiveTheSameBitsForAllMagnitudes(t *testing.T) {
	before := Form()
	defer Use(before)
	var x []float32
	for u := uint64(0); u < 1<<32; u += 16411 {
		x = append(x, math.Float32frombits(uint32(u)))
	}
	round := func(dst, x []float32) {
		copy(dst, x)
		RoundBF16(dst)
	}
	for i, f := range []func(dst, x []float32){Exp, Sigmoid, Tanh, Log, round} {
		var want []float32
		for _, form := range Forms() {
			Use(form)
			got := make([]float32, len(x))
			f(got, x)
			if want == nil {
				want = got
			}
			compare(t, fmt.Sprint(i, form), got, want)
		}
	}
}

func TestNothingElseIsWritten(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for n := range 40 {
			x := filled(n + 32)
			want := append([]float32(nil), x...)
			for _, f := range []func(dst, x []float32){AddTo, Exp, Sigmoid, Tanh, Log} {
				f(x[16:16+n], filled(n))
			}
			Scale(2, x[16:16+n])
			RoundBF16(x[16 : 16+n])
			FromBF16(x[16:16+n], make([]byte, 2*n))
			compare(t, "before", x[:16], want[:16])
			compare(t, "after", x[16+n:], want[16+n:])
		}
	})
}

func TestSoftmaxRows(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(6, 6))
		for n := 1; n < 50; n++ {
			x, p, lse := spread(r, n, false), make([]float32, n), make([]float32, 1)
			SoftmaxRows(p, x, n, 1, n, lse)
			top, sum := math.Inf(-1), 0.0
			for _, v := range x {
				top = max(top, float64(v))
			}
			for _, v := range x {
				sum += math.Exp(float64(v) - top)
			}
			for i, v := range x {
				if want := math.Exp(float64(v)-top) / sum; math.Abs(float64(p[i])-want) > 4e-6*want+1e-30 {
					t.Fatalf("n %d: p[%d] is %v, want %v", n, i, p[i], want)
				}
			}
			if want := top + math.Log(sum); math.Abs(float64(lse[0])-want) > 4e-6 {
				t.Fatalf("n %d: lse is %v, want %v", n, lse[0], want)
			}
		}
	})
}

// CellBackward must be the derivative of the formulas of the cell.
func TestCellBackward(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	r := rand.New(rand.NewPCG(7, 7))
	const H = 19
	pre, prev, dh, dNext := random(r, 4*H, false), random(r, H, false), random(r, H, false), random(r, H, false)
	// loss is Σ h·dh + c·dNext as a function of unit j's inputs.
	loss := func(j int, z [5]float64) float64 {
		c := sigmoid(z[1])*z[4] + sigmoid(z[0])*math.Tanh(z[2])
		return sigmoid(z[3])*math.Tanh(c)*float64(dh[j]) + c*float64(dNext[j])
	}
	eachForm(t, func(t *testing.T) {
		gates := append([]float32(nil), pre...)
		c, tanhC, h, d := make([]float32, H), make([]float32, H), make([]float32, H), make([]float32, 4*H)
		dc := append([]float32(nil), dNext...)
		CellForward(gates, 4*H, prev, H, c, tanhC, H, h, H, 1, H)
		CellBackward(d, 4*H, gates, 4*H, prev, H, tanhC, H, dh, H, dc, H, 1, H)
		for j := range H {
			z := [5]float64{float64(pre[j]), float64(pre[H+j]), float64(pre[2*H+j]), float64(pre[3*H+j]), float64(prev[j])}
			got := [5]float32{d[j], d[H+j], d[2*H+j], d[3*H+j], dc[j]}
			for q := range z {
				const eps = 1e-5
				up, down := z, z
				up[q] += eps
				down[q] -= eps
				want := (loss(j, up) - loss(j, down)) / (2 * eps)
				if math.Abs(float64(got[q])-want) > 1e-6 {
					t.Errorf("unit %d, input %d: %v, want %v", j, q, got[q], want)
				}
			}
		}
	})
}

// Adam is compared with the formulas of torch.optim.Adam and AdamW in float64.
func TestAdam(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 8))
		const n, lr, eps, b1, b2 = 37, 1e-2, 1e-8, 0.9, 0.999
		for _, decay := range []struct{ l2, decoupled float64 }{{0, 0}, {0.1, 0}, {0, 0.1}} {
			p, m, v := random(r, n, false), make([]float32, n), make([]float32, n)
			w, m64, v64 := make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range p {
				w[i] = float64(p[i])
			}
			for t := 1; t <= 5; t++ {
				g := random(r, n, false)
				c1, c2 := 1-math.Pow(b1, float64(t)), 1-math.Pow(b2, float64(t))
				Adam(p, m, v, g, AdamStep{
					Beta1: b1, OneMinusBeta1: 1 - b1, Beta2: b2, OneMinusBeta2: 1 - b2,
					StepSize: float32(lr / c1), InvSqrtBias2: float32(1 / math.Sqrt(c2)), Eps: eps, ScaleG: 0.5,
					WeightDecay: float32(decay.l2), DecoupledDecay: float32(lr * decay.decoupled)})
				for i := range w {
					d := 0.5*float64(g[i]) + decay.l2*w[i]
					w[i] -= lr * decay.decoupled * w[i]
					m64[i] = b1*m64[i] + (1-b1)*d
					v64[i] = b2*v64[i] + (1-b2)*d*d
					w[i] -= lr / c1 * m64[i] / (math.Sqrt(v64[i])/math.Sqrt(c2) + eps)
				}
			}
			for i := range w {
				if math.Abs(w[i]-float64(p[i])) > 1e-6 {
					t.Fatalf("%+v: p[%d] is %v, want %v", decay, i, p[i], w[i])
				}
			}
		}
	})
}

func TestDotIsExactWhereItCanBe(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for n := range 100 {
			x, y, want := make([]float32, n), make([]float32, n), 0.0
			for i := range x {
				x[i], y[i] = float32(i+1), float32(3-i)
				want += float64(i+1) * float64(3-i)
			}
			if got := Dot(x, y); got != want {
				t.Fatalf("n %d: %v, want %v", n, got, want)
			}
		}
	})
}

func TestBF16(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for _, c := range []struct{ in, want uint32 }{
			{0x3f800000, 0x3f800000},
			{0x3f808000, 0x3f800000}, // half way, to even
			{0x3f818000, 0x3f820000}, // half way, to even
			{0x3f808001, 0x3f810000},
			{0x7f7fffff, 0x7f800000}, // overflows to +Inf
			{0xff800000, 0xff800000},
			{0x7f800001, 0x7fc00000}, // NaN
			{0x80000000, 0x80000000},
			{0x00008000, 0x00000000},
			{0x00018000, 0x00020000},
		} {
			x := make([]float32, 33)
			for i := range x {
				x[i] = math.Float32frombits(c.in)
			}
			b, y := make([]byte, 66), make([]float32, 33)
			ToBF16(b, x)
			FromBF16(y, b)
			RoundBF16(x)
			for i := range x {
				if math.Float32bits(x[i]) != c.want || math.Float32bits(y[i]) != c.want {
					t.Errorf("%08x: rounded to %08x and %08x, want %08x",
						c.in, math.Float32bits(x[i]), math.Float32bits(y[i]), c.want)
					break
				}
			}
		}
	})
}
