package model

import (
	"fmt"
	"slices"

	"braid/gradient"
)

// cut cuts nodes into subtrees: enough for one piece of work for each goroutine if the number of
// goroutines is a power of two, otherwise more for balance. Large subtrees are faster.
func (c *call) cut(threads int) {
	want := 1
	for want < threads {
		want *= 2
	}
	if want != threads {
		want *= 2
	}
	c.subtrees = append(c.subtrees[:0], c.nodes...)
	for c.lead(); len(c.leaders) < want; c.lead() {
		c.finer = c.finer[:0]
		for _, n := range c.subtrees {
			if lo, hi := c.tree.Range(n); hi-lo == 1 {
				c.finer = append(c.finer, n)
				continue
			}
			c.finer = append(c.finer, 2*n)
			if c.tree.Valid(2*n + 1) {
				c.finer = append(c.finer, 2*n+1)
			}
		}
		if slices.Equal(c.finer, c.subtrees) {
			break
		}
		c.subtrees, c.finer = c.finer, c.subtrees
	}
}

// lead lists the subtrees that begin a piece of work. A piece is the subtrees of the same examples:
// those of several tasks of one stream over the same shards, whose forward pass is computed once.
func (c *call) lead() {
	c.leaders = c.leaders[:0]
	for i, n := range c.subtrees {
		if !slices.ContainsFunc(c.leaders, func(l int) bool { return c.together(c.subtrees[l], n) }) {
			c.leaders = append(c.leaders, i)
		}
	}
}

// together reports whether two different nodes cover the same shards of the same stream.
func (c *call) together(a, b gradient.Node) bool {
	if !c.step.Apart {
		return false
	}
	lo, hi := c.tree.Shards(a)
	otherLo, otherHi := c.tree.Shards(b)
	if lo != otherLo || hi != otherHi {
		return false
	}
	stream, _ := c.step.Tree(c.tree.Of(a))
	other, _ := c.step.Tree(c.tree.Of(b))
	return stream == other
}

// leftmost is the index of the subtree that a node equals or begins with.
func (c *call) leftmost(n gradient.Node) int {
	for ; ; n *= 2 {
		if i := slices.Index(c.subtrees, n); i >= 0 {
			return i
		}
		if c.tree.IsLeaf(n) {
			panic(fmt.Sprintf("model: node %d was not computed", n))
		}
	}
}
