package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// product is the reference for C = A·B and C += A·B, in the order of operations
// that every form must follow. It uses fma32, which fma_test.go verifies.
func product(c []float32, ldc int, a []float32, lda, m int, b []float32, ldb, k, n int, accumulate bool) {
	for i := range m {
		for j := range n {
			var s float32
			if accumulate {
				s = c[i*ldc+j]
			}
			for l := range k {
				s = fma32(a[i*lda+l], b[l*ldb+j], s)
			}
			c[i*ldc+j] = s
		}
	}
}

// random returns n numbers in [-1, 1). If wild, half of them are infinities,
// NaNs, zeros, numbers below the normal range, or any bits.
func random(r *rand.Rand, n int, wild bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 2*r.Float32() - 1
		if wild {
			switch r.IntN(12) {
			case 0:
				x[i] = float32(math.Inf(1 - 2*r.IntN(2)))
			case 1:
				x[i] = float32(math.NaN())
			case 2:
				x[i] = math.Float32frombits(r.Uint32()&0x007fffff | r.Uint32()&signBit) // below the normal range
			case 3:
				x[i] = math.Float32frombits(r.Uint32() & signBit) // 0, -0
			case 4, 5:
				x[i] = math.Float32frombits(r.Uint32())
			}
		}
	}
	return x
}

// compare fails the test at the first element in which got and want differ.
func compare(t rapid.TB, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: element %d is %x (%v), want %x (%v)", what, i, got[i], got[i], want[i], want[i])
		}
	}
}

type shape struct{ m, n, k int }

// shapes returns every m up to 30, widths near those of registers and panels,
// and depths near those of the unrolled loop and of a block.
func shapes() []shape {
	var s []shape
	for m := 1; m <= 30; m++ {
		s = append(s, shape{m, 1 + m*7%97, 1 + m*5%23})
	}
	for _, n := range []int{1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100} {
		s = append(s, shape{5, n, 9}, shape{13, n, 4})
	}
	for _, k := range []int{0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 513, 770} {
		s = append(s, shape{3, 33, k}, shape{14, 5, k})
	}
	return append(s, shape{0, 3, 3}, shape{3, 0, 3}, shape{300, 40, 300})
}

func TestMatMul(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		for i, s := range shapes() {
			lda, ldc, ldb := s.k+i%3, s.n+i%5, s.n+i%2
			a, b := random(r, s.m*lda, i%4 == 0), random(r, s.k*ldb, i%4 == 0)
			var p Packed
			p.Pack(b, s.k, s.n, ldb)
			for _, accumulate := range []bool{false, true} {
				got := random(r, s.m*ldc, false)
				want := append([]float32(nil), got...)
				MatMul(got, ldc, a, lda, s.m, &p, accumulate)
				product(want, ldc, a, lda, s.m, b, ldb, s.k, s.n, accumulate)
				compare(t, fmt.Sprintf("%+v, accumulate %v", s, accumulate), got, want)
			}
		}
	})
}

func TestMatMulRowsT(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 2))
		var p Packed
		var scratch Scratch
		for i, s := range shapes() {
			lda, ldb, ldc := s.m+i%3, s.n+i%2, s.n+i%5
			const stored = 100
			a, b := random(r, stored*lda, i%4 == 0), random(r, stored*ldb, i%4 == 0)
			rows := make([]int32, s.k)
			at, bt := make([]float32, s.m*s.k), make([]float32, s.k*s.n)
			for l := range rows {
				rows[l] = r.Int32N(stored)
				for q := range s.m {
					at[q*s.k+l] = a[int(rows[l])*lda+q]
				}
				copy(bt[l*s.n:(l+1)*s.n], b[int(rows[l])*ldb:])
			}
			p.PackRows(b, ldb, s.n, rows)
			for _, accumulate := range []bool{false, true} {
				got := random(r, s.m*ldc, false)
				want := append([]float32(nil), got...)
				MatMulRowsT(got, ldc, a, lda, s.m, rows, &p, accumulate, &scratch)
				product(want, ldc, at, s.k, s.m, bt, s.n, s.k, s.n, accumulate)
				compare(t, fmt.Sprintf("%+v, accumulate %v", s, accumulate), got, want)
			}
		}
	})
}

// The result of a row must not depend on the other rows of the call. Packing W
// with PackTranspose must equal packing Wᵀ with Pack.
func TestMatMulRowsAreIndependent(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			m, n := rapid.IntRange(1, 40).Draw(t, "m"), rapid.IntRange(1, 70).Draw(t, "n")
			k := rapid.IntRange(1, 40).Draw(t, "k")
			cut := rapid.IntRange(0, m).Draw(t, "cut")
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
			ldw := k + rapid.IntRange(0, 9).Draw(t, "gap")
			a, w := random(r, m*k, false), random(r, n*ldw, false)
			b := make([]float32, k*n)
			for i := range n {
				for j := range k {
					b[j*n+i] = w[i*ldw+j]
				}
			}
			var p, q Packed
			p.PackTranspose(w, n, k, ldw)
			q.Pack(b, k, n, n)
			whole, parts := make([]float32, m*n), make([]float32, m*n)
			MatMul(whole, n, a, k, m, &p, false)
			MatMul(parts, n, a, k, cut, &q, false)
			MatMul(parts[cut*n:], n, a[cut*k:], k, m-cut, &q, false)
			compare(t, "rows", parts, whole)
		})
	})
}

// The chain over k may be split between calls at any position.
func TestMatMulAccumulatesOneChain(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 4))
		const m, n, k, cut = 7, 37, 300, 123
		a, b := random(r, m*k, false), random(r, k*n, false)
		var p Packed
		whole, parts := make([]float32, m*n), make([]float32, m*n)
		p.Pack(b, k, n, n)
		MatMul(whole, n, a, k, m, &p, false)
		p.Pack(b, cut, n, n)
		MatMul(parts, n, a, k, m, &p, false)
		p.Pack(b[cut*n:], k-cut, n, n)
		MatMul(parts, n, a[cut:], k, m, &p, true)
		compare(t, "chain", parts, whole)
	})
}

func TestProductsAreNearTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	const m, n, k = 9, 40, 64
	a, b, c := random(r, m*k, false), random(r, k*n, false), make([]float32, m*n)
	var p Packed
	p.Pack(b, k, n, n)
	MatMul(c, n, a, k, m, &p, false)
	for i := range m {
		for j := range n {
			var s float64
			for l := range k {
				s += float64(a[i*k+l]) * float64(b[l*n+j])
			}
			if d := math.Abs(s - float64(c[i*n+j])); d > 1e-5 {
				t.Fatalf("c[%d][%d] is %v off", i, j, d)
			}
		}
	}
}

func TestWrongShapesPanic(t *testing.T) {
	x := make([]float32, 12)
	var p Packed
	p.Pack(x, 3, 4, 4)
	for name, f := range map[string]func(){
		"a short":        func() { MatMul(x, 4, x[:8], 3, 3, &p, false) },
		"c short":        func() { MatMul(x[:11], 4, x, 3, 3, &p, false) },
		"stride":         func() { MatMul(x, 3, x, 3, 3, &p, false) },
		"negative m":     func() { MatMul(x, 4, x, 3, -1, &p, false) },
		"pack short":     func() { new(Packed).Pack(x, 4, 4, 4) },
		"row outside":    func() { new(Packed).PackRows(x, 4, 4, []int32{3}) },
		"row negative":   func() { new(Packed).PackRows(x, 4, 4, []int32{-1}) },
		"nil rows":       func() { new(Packed).PackRows(x, 4, 4, nil) },
		"rows and b":     func() { MatMulRowsT(x, 4, x, 3, 3, []int32{0}, &p, false, new(Scratch)) },
		"a row outside":  func() { MatMulRowsT(x, 4, x, 3, 3, []int32{0, 1, 4}, &p, false, new(Scratch)) },
		"lengths":        func() { AddTo(x, x[:3]) },
		"exp":            func() { Exp(x[:3], x) },
		"bf16":           func() { ToBF16(make([]byte, 3), x[:2]) },
		"cell":           func() { CellForward(x, 12, nil, 0, x, x, 3, x[:2], 3, 1, 3) },
		"softmax stride": func() { SoftmaxRows(x, x, 3, 3, 4, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
