// Package gradient holds the numbers that travel and how they add: the gradient of a node
// of the fixed binary tree over a batch's shards, the tree, the sum, and the aggregator
// that takes nodes in any order and gives the root with the same bits every time.
//
// It knows no layers, tasks or messages: tensors are numbered groups of floats.
package gradient
