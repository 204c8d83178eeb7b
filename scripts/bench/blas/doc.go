// Blas races the kernels' matrix product against OpenBLAS on one core, in turns, and sets both
// against the peak of the multiply-add unit.
//
//	go run ./scripts/bench/blas [--rounds 7] [--json FILE]
//
// The shapes are an LSTM's: a step's recurrent product, the input projection of all steps at
// once, and a shard's recurrent product. OpenBLAS gets the faster of the two layouts of B and the
// fastest of its core types; it packs B in every call. Braid packs the weights once a training
// step, so the product is timed without packing, and "with packing" beside it.
// Needs Debian's python3 and libopenblas0-pthread.
package main
