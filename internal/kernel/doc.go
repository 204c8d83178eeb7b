// Package kernel is Braid's arithmetic on float32: matrix products, the LSTM
// cell, exponentials, reductions, bfloat16 and the Adam step.
//
// Inputs and outputs are rows of numbers; the package knows no layer, no task,
// no file and no goroutine. Every promise of Braid about equal bits depends on
// these rules:
//
//   - In a product every output element is one chain of fused multiply-adds
//     over increasing k, starting from 0, or from C when accumulating. It does
//     not depend on the number of rows in the call, on blocking or on the
//     width of the vector unit.
//   - An element of an elementwise function depends on that element alone;
//     tails run the same operations as full vectors.
//   - Reductions run in fixed lanes, element i in lane i mod 16, and add the
//     lanes in a fixed tree.
//   - exp, log, sigmoid and tanh are polynomials defined in this package.
//
// Each function has several forms: portable Go, AVX2 with FMA, and AVX-512.
// All forms give the same bits, which tests verify; only the payload of a NaN
// may differ. An assembly function is documented by the Go loop that it
// equals, which is also its portable form. [Class] identifies the bits, [Form]
// the form in use.
//
// The portable form is the definition and the fallback, not a fast path: it
// computes a float32 fused multiply-add in float64. On one core of a Zen 5 it
// computes products at 0.7 GFLOP/s, AVX2 at 118 and AVX-512 at 245.
//
// Letters: m rows of the result, n its columns, k the inner dimension; ldx the
// distance in elements between the starts of two rows of x; H hidden units.
//
// Functions panic on a wrong shape and show the shapes. None allocates, except
// [SelfTest], [Forms], [Peak], and [Packed] and [Scratch] while they grow. All
// are safe for concurrent use on different outputs. In an elementwise function
// an output may be one of the inputs; a partial overlap is not allowed.
package kernel
