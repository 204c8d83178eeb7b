// Package nn is the mathematics of layers and losses, forward beside backward.
//
// In go parameters, rows of float32 and a Layout that says which rows are one sequence;
// out come outputs and gradients. The package knows no task, no file, no network, no
// clock and no goroutine of its own.
//
// Letters: S shards of a block, B sequences, T time steps, N rows (the sum of the
// lengths), D input, H hidden, K classes, W width of whatever comes in. Gradients carry
// a d: dLogits. Matrices are row-major.
//
// # Two phases
//
// A block is several shards computed together, because large products are fast. A layer's
// Forward and Backward run over all rows of the block; its Weights runs once a shard and
// writes that shard's gradient of the parameters. The bits of a shard do not depend on
// the block: a row's outputs depend on that row's sequence alone, and sums over rows are
// taken in the order of Layout.Rows of that shard.
//
// # Memory
//
// What describes a layer is immutable. Parameters are packed once per version (…Packed)
// and then read by any number of goroutines. What a pass needs lives in a …State, owned
// by one goroutine, grown once and reused: a steady step allocates nothing. Slices that
// Forward and Backward return belong to the State, until its next Forward or Backward.
//
// # Numbers
//
// Losses and gradients are sums, never means: whoever has added the shards divides by
// the normaliser. Everything that decides bits uses internal/kernel's functions or plain
// operations with float32(x*y)+z spelled out, so that no compiler fuses them.
package nn
