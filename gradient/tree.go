package gradient

import "math/bits"

// Node is a node of the tree over the shards, numbered as in a heap: the root is 1, the children
// of i are 2i and 2i+1, and shard s is the leaf P+s, where P is the least power of two that is at
// least S. The gradient of a node is left + right. A node whose right child covers no shard equals
// its left child.
type Node uint32

// Root is the node that covers all shards.
const Root Node = 1

// Tree is the fixed binary tree over S ≥ 1 shards.
type Tree struct{ S int }

func (t Tree) leaves() int { return 1 << bits.Len(uint(t.S-1)) }

// Leaf returns shard s's node.
func (t Tree) Leaf(s int) Node { return Node(t.leaves() + s) }

// Valid reports whether n covers a shard.
func (t Tree) Valid(n Node) bool {
	if n < 1 || int(n) >= 2*t.leaves() {
		return false
	}
	lo, hi := t.Range(n)
	return lo < hi
}

// Range returns the shards lo to hi-1 that a node covers: none if lo ≥ hi.
func (t Tree) Range(n Node) (lo, hi int) {
	size := t.leaves() >> (bits.Len32(uint32(n)) - 1)
	lo = int(n)*size - t.leaves()
	return lo, min(lo+size, t.S)
}

// Cover returns the fewest nodes that cover exactly the shards lo to hi-1, in order.
func (t Tree) Cover(lo, hi int) []Node {
	var nodes []Node
	var walk func(n Node)
	walk = func(n Node) {
		a, b := t.Range(n)
		if a >= b || b <= lo || a >= hi {
			return
		}
		if lo <= a && b <= hi {
			nodes = append(nodes, n)
			return
		}
		walk(2 * n)
		walk(2*n + 1)
	}
	walk(Root)
	return nodes
}
