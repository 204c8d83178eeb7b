// Package gradient has the gradient of a node of the fixed binary tree over the shards of a batch,
// the tree, the sum of two nodes, the binary form of gradients and parameters, and the Aggregator,
// which sums nodes in any order to a root with the same bits.
//
// A gradient is a list of slots, each of one parameter group: dense numbers, or touched rows of a
// table. The package knows no layers, no tasks and no messages.
package gradient
