package gradient

import "math/bits"

// Node is a node of the tree over the shards, numbered as in a heap: the root is 1, the children
// of i are 2i and 2i+1, and shard s is the leaf P+s, where P is the least power of two that is at
// least S. The gradient of a node is left + right. A node whose right child covers no shard equals
// its left child.
type Node uint32

// Root is the node that covers all shards of a single tree.
const Root Node = 1

// Tree is the fixed binary tree over S ≥ 1 shards, or several such trees of one shape side by
// side in one heap. The roots are neighbours, and no node above them is used: their gradients are
// kept apart. Leaves are counted as units: shard s of tree k is unit k·S+s.
//
//	S = 3, Trees = 2          (1)
//	                    2             3         roots
//	                 4     5       6     7
//	                8 9  10       12 13 14      units 0 1 2, 3 4 5
type Tree struct {
	S     int
	Trees int // 0: one
}

// leaves is the number of leaves of one tree, with those that cover no shard.
func (t Tree) leaves() int { return 1 << bits.Len(uint(t.S-1)) }

// roots is the number of nodes in the row of the roots, which are numbered from it on.
func (t Tree) roots() int { return 1 << bits.Len(uint(max(t.Trees, 1)-1)) }

// Units is the number of shards of all trees.
func (t Tree) Units() int { return t.S * max(t.Trees, 1) }

// Root returns the root of tree k.
func (t Tree) Root(k int) Node { return Node(t.roots() + k) }

// AppendRoots appends the roots of all trees, in order.
func (t Tree) AppendRoots(dst []Node) []Node {
	for k := range max(t.Trees, 1) {
		dst = append(dst, t.Root(k))
	}
	return dst
}

// Leaf returns a unit's node.
func (t Tree) Leaf(unit int) Node {
	return Node((t.roots()+unit/t.S)*t.leaves() + unit%t.S)
}

// IsLeaf reports whether a valid node covers one unit and has no children.
func (t Tree) IsLeaf(n Node) bool { return n >= t.Leaf(0) }

// Valid reports whether n covers a unit.
func (t Tree) Valid(n Node) bool {
	if int(n) < t.roots() || int(n) >= 2*t.roots()*t.leaves() {
		return false
	}
	lo, hi := t.Range(n)
	return lo < hi
}

// Of returns the index of the tree that has a node.
func (t Tree) Of(n Node) int { return int(n)>>t.depth(n) - t.roots() }

// depth is the number of edges from a node's root to the node.
func (t Tree) depth(n Node) int { return bits.Len32(uint32(n)) - bits.Len(uint(t.roots())) }

// Shards returns the shards lo to hi-1 of its tree that a node covers: none if lo ≥ hi.
func (t Tree) Shards(n Node) (lo, hi int) {
	depth := t.depth(n)
	size := t.leaves() >> depth
	lo = (int(n) & (1<<depth - 1)) * size
	return lo, min(lo+size, t.S)
}

// Range returns the units lo to hi-1 that a node covers: none if lo ≥ hi.
func (t Tree) Range(n Node) (lo, hi int) {
	k := t.Of(n)
	if k >= max(t.Trees, 1) {
		return 0, 0
	}
	lo, hi = t.Shards(n)
	return k*t.S + lo, k*t.S + hi
}

// Cover returns the fewest nodes that cover exactly the units lo to hi-1, in order.
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
	for k := lo / t.S; k*t.S < hi; k++ {
		walk(t.Root(k))
	}
	return nodes
}
