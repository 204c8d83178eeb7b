// Blas compares the speed of the kernels' matrix product with OpenBLAS on one core, in turns,
// and with the peak of the multiply-add unit.
//
//	go run ./scripts/bench/blas [--rounds 7] [--json FILE]
//
// The shapes are those of an LSTM: the recurrent product of a step, the input projection of all
// steps at once, and the recurrent product of a shard. For OpenBLAS the figure is that of the
// faster layout of B and the fastest core type; OpenBLAS packs B in every call. Braid packs the
// weights once per training step, so its product is timed without packing; the column "with
// packing" includes it. Needs Debian's python3 and libopenblas0-pthread.
package main
