package kernel

import "unsafe"

// vectors holds the assembly functions of one form. dot, toBF16, fromBF16 and
// transpose process whole registers only; Go code processes the remainder.
// A call through a function value makes the targets of its pointer arguments
// escape to the heap. So dot and adam pass their small structs by value, and a
// call does not allocate.
type vectors struct {
	addTo                   func(dst, x *float32, n int)
	axpy                    func(alpha float32, x, dst *float32, n int)
	scale                   func(alpha float32, x *float32, n int)
	dot                     func(x, y *float32, n int) [lanes]float64
	finite                  func(x *float32, n int) bool
	exp, sigmoid, tanh, log func(dst, x *float32, n int)
	softmax                 func(p, x *float32, n int) (top, sum float32)
	cellForward             func(gates *float32, stride int, cPrev, c, tanhC, h *float32, n int)
	cellBackward            func(dGates, gates *float32, stride int, cPrev, tanhC, dh, dc *float32, n int)
	roundBF16               func(x *float32, n int)
	split                   func(p, before, rest, added *float32, n int)
	toBF16                  func(dst *byte, x *float32, n int)
	fromBF16                func(dst *float32, src *byte, n int)
	transpose               func(dst, w *float32, ldw, k int)
	adam                    func(p, m, v, g *float32, n int, o AdamStep)
}

// install stores the functions in f, wrapped to take slices.
func (v *vectors) install(f *impl) {
	elementwise := func(code func(dst, x *float32, n int)) func(dst, x []float32) {
		return func(dst, x []float32) { code(data(dst), data(x), len(x)) }
	}
	f.addTo = elementwise(v.addTo)
	f.exp = elementwise(v.exp)
	f.sigmoid = elementwise(v.sigmoid)
	f.tanh = elementwise(v.tanh)
	f.log = elementwise(v.log)
	f.axpy = func(alpha float32, x, dst []float32) { v.axpy(alpha, data(x), data(dst), len(x)) }
	f.scale = func(alpha float32, x []float32) { v.scale(alpha, data(x), len(x)) }
	f.finite = func(x []float32) bool { return v.finite(data(x), len(x)) }
	f.softmax = func(p, x []float32) (top, sum float32) { return v.softmax(data(p), data(x), len(x)) }
	f.roundBF16 = func(x []float32) { v.roundBF16(data(x), len(x)) }
	f.split = func(p, before, rest, added []float32) {
		v.split(data(p), data(before), data(rest), data(added), len(p))
	}

	f.transpose = func(dst, w []float32, ldw, k int) {
		n := k &^ 7
		if n > 0 {
			v.transpose(&dst[0], &w[0], ldw, n)
		}
		if n < k {
			transposeGo(dst[n*panel:], w[n:], ldw, k-n)
		}
	}
	f.dot = func(x, y []float32) float64 {
		var sums [lanes]float64
		n := len(x) &^ (lanes - 1)
		if n > 0 {
			sums = v.dot(data(x), data(y), n)
		}
		for i := n; i < len(x); i++ {
			sums[i-n] += float64(float64(x[i]) * float64(y[i]))
		}
		return sumLanes(&sums)
	}
	f.toBF16 = func(dst []byte, x []float32) {
		n := len(x) &^ 15
		if n > 0 {
			v.toBF16(&dst[0], &x[0], n)
		}
		toBF16Go(dst[2*n:], x[n:])
	}
	f.fromBF16 = func(dst []float32, src []byte) {
		n := len(dst) &^ 15
		if n > 0 {
			v.fromBF16(&dst[0], &src[0], n)
		}
		fromBF16Go(dst[n:], src[2*n:])
	}

	f.cellForward = func(gates []float32, stride int, cPrev, c, tanhC, h []float32) {
		v.cellForward(data(gates), stride, data(cPrev), data(c), data(tanhC), data(h), len(h))
	}
	f.cellBackward = func(dGates, gates []float32, stride int, cPrev, tanhC, dh, dc []float32) {
		v.cellBackward(data(dGates), data(gates), stride, data(cPrev), data(tanhC), data(dh), data(dc), len(dc))
	}
	f.adam = func(p, m, w, g []float32, o AdamStep) {
		v.adam(data(p), data(m), data(w), data(g), len(p), o)
	}
}

// data returns the address of x[0]. x may be empty.
func data(x []float32) *float32 { return unsafe.SliceData(x) }
