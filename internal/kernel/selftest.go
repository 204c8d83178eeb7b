package kernel

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// SelfTest returns a hash of a small fixed set of results of every kernel.
// Sound machines of one class give equal hashes. The hash is compared when a
// worker joins, so that a machine that computes other bits is found before it
// contributes to a sum. SelfTest takes less than 1 ms with a vector form.
func SelfTest() [32]byte {
	h := sha256.New()
	put := func(x []float32) {
		var b [4]byte
		for _, v := range x {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			h.Write(b[:])
		}
	}
	// numbers returns n values in [-limit, limit), from a fixed linear
	// congruential generator (Numerical Recipes).
	state := uint32(1)
	numbers := func(n int, limit float32) []float32 {
		x := make([]float32, n)
		for i := range x {
			state = state*1664525 + 1013904223
			x[i] = float32(int32(state)) * (limit / (1 << 31))
		}
		return x
	}

	const m, k, n, H = 13, 37, 35, 21
	var b Packed
	b.Pack(numbers(k*n, 1), k, n, n)
	c := make([]float32, m*n)
	MatMul(c, n, numbers(m*k, 1), k, m, &b, false)
	put(c)
	rows := make([]int32, k)
	for i := range rows {
		rows[i] = int32(k - 1 - i)
	}
	MatMulRowsT(c, n, numbers(k*m, 1), m, m, rows, &b, true, new(Scratch))
	put(c)
	lse := make([]float32, m)
	SoftmaxRows(c, c, n, m, n, lse)
	put(c)
	put(lse)

	gates, cell, tanhC, hidden := numbers(m*4*H, 9), numbers(m*H, 3), make([]float32, m*H), make([]float32, m*H)
	CellForward(gates, 4*H, cell, H, cell, tanhC, H, hidden, H, m, H)
	put(gates)
	put(cell)
	put(hidden)
	dc := numbers(m*H, 1)
	CellBackward(gates, 4*H, gates, 4*H, cell, H, tanhC, H, hidden, H, dc, H, m, H)
	put(gates)
	put(dc)

	x, y := numbers(101, 120), make([]float32, 101)
	for _, f := range []func(dst, x []float32){Exp, Sigmoid, Tanh} {
		f(y, x)
		put(y)
	}
	for i, v := range x {
		y[i] = float32(math.Abs(float64(v)))
	}
	Log(y, y)
	put(y)
	Axpy(0.7, x, y)
	AddTo(y, x)
	Scale(0.3, y)
	sum := Dot(x, y)
	put([]float32{float32(sum), float32(SumSquares(x))})
	p, m1, v1 := numbers(101, 1), numbers(101, 1), make([]float32, 101)
	Adam(p, m1, v1, x, AdamStep{ScaleG: 0.5, WeightDecay: 0.01, DecoupledDecay: 0.001,
		Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001,
		InvSqrtBias2: 2, Eps: 1e-8, StepSize: 0.01})
	put(p)
	put(m1)
	put(v1)
	RoundBF16(p)
	put(p)
	return [32]byte(h.Sum(nil))
}
