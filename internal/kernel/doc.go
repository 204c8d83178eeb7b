// Package kernel is Braid's arithmetic on float32: matrix products, the LSTM
// cell, exponentials, reductions, bfloat16 and the Adam step.
//
// In go rows of numbers, out come rows of numbers; the package knows no
// layer, no task, no file and no goroutine. Everything that the rest of Braid
// promises about equal bits rests on the rules kept here:
//
//   - In a product every output element is one chain of fused multiply-adds
//     over increasing k, starting from 0, or from C when accumulating. It does
//     not depend on the number of rows in the call, on blocking or on the
//     width of the vector unit.
//   - An element of an elementwise function depends on that element alone;
//     tails run the same operations as full vectors.
//   - Reductions run in fixed lanes, element i in lane i mod 16, and add the
//     lanes in a fixed tree.
//   - exp, log, sigmoid and tanh are polynomials of our own.
//
// There are several forms of each function: portable Go, AVX2 with FMA, and
// AVX-512. All give the same bits, and tests hold them to it; the one freedom
// is which NaN a NaN is. An assembly function is documented by the Go loop that
// it equals, which is also its portable form. [Class] names the bits, [Form]
// the form in use.
//
// The portable form is the definition and a safety net, not a fast path: it
// computes a float32 fused multiply-add in float64. Of a product, on one core
// of a Zen 5, it does 0.7 GFLOP/s, AVX2 118 and AVX-512 245.
//
// Letters: m rows of the result, n its columns, k the inner dimension; ldx the
// distance in elements between the starts of two rows of x; H hidden units.
//
// Functions panic on a wrong shape and show the shapes. None allocates, but
// for [Packed] and [Scratch] while they grow, [SelfTest], [Forms] and [Peak]. All are safe for concurrent use
// on different outputs. In an elementwise function an output may be one of the
// inputs; a partial overlap is not allowed.
package kernel
