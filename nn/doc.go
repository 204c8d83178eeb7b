// Package nn is the mathematics of layers and losses, forward and backward.
//
// In go parameters, rows of float32 and a Layout of the rows of each sequence; out come outputs
// and gradients. The package knows no task, no file, no network and no clock, and it starts no
// goroutine.
//
// Letters: S shards of a block, B sequences, T time steps, N rows (the sum of the lengths),
// D input, H hidden, K classes, W width of an input, R rows of an input with one
// row per step (N) or per sequence (B). Gradients carry a d: dLogits. Matrices are row-major.
//
// # Two phases
//
// A block is several shards computed together, because large products are fast. Forward and
// Backward of a layer run over all rows of the block. Weights runs once for each shard and writes
// the shard's gradient of the parameters. The result of a shard does not depend on the other
// shards of the block: the outputs of a row depend on the row's sequence alone, and sums over
// rows follow the order of the shard's Layout.Rows.
//
// # Memory
//
// The description of a layer is immutable. Parameters are packed once per version (…Packed) and
// then read by any number of goroutines. A …State is the scratch memory of one goroutine; it grows
// to the largest block and is reused, so that a step allocates nothing. Slices that Forward and
// Backward return belong to the State until its next Forward or Backward.
//
// # Numbers
//
// Losses and gradients are sums, never means: the caller divides by the normaliser after it has
// added the shards. All arithmetic that decides a result uses functions of internal/kernel, or
// plain operations with float32(x*y)+z written out, so that no compiler fuses them.
package nn
