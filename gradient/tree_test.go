package gradient

import (
	"slices"
	"testing"
)

// The tree over 5 shards by hand: leaves 8 to 12, node 6 with one shard and node 7 with none.
func TestTreeByHand(t *testing.T) {
	tree := Tree{S: 5}
	want := map[Node][2]int{1: {0, 5}, 2: {0, 4}, 3: {4, 5}, 4: {0, 2}, 5: {2, 4}, 6: {4, 5},
		8: {0, 1}, 9: {1, 2}, 10: {2, 3}, 11: {3, 4}, 12: {4, 5}}
	for n := range Node(40) {
		shards, valid := want[n]
		if tree.Valid(n) != valid {
			t.Errorf("node %d: valid is %v", n, !valid)
		}
		if !valid {
			continue
		}
		if lo, hi := tree.Range(n); lo != shards[0] || hi != shards[1] {
			t.Errorf("node %d covers %d to %d, want %v", n, lo, hi, shards)
		}
	}
	if tree.Leaf(0) != 8 || tree.Leaf(4) != 12 {
		t.Errorf("leaves %d to %d", tree.Leaf(0), tree.Leaf(4))
	}
	one := Tree{S: 1}
	if one.Leaf(0) != Root || !one.Valid(1) || one.Valid(0) || one.Valid(2) {
		t.Error("a tree of one shard is one node")
	}
	for _, c := range []struct {
		lo, hi int
		want   []Node
	}{
		{0, 5, []Node{1}}, {0, 4, []Node{2}}, {1, 4, []Node{9, 5}}, {0, 3, []Node{4, 10}}, {4, 5, []Node{3}},
		{3, 5, []Node{11, 3}}, {2, 2, nil},
	} {
		if got := tree.Cover(c.lo, c.hi); !slices.Equal(got, c.want) {
			t.Errorf("shards %d to %d: nodes %v, want %v", c.lo, c.hi, got, c.want)
		}
	}
}

// Two trees over 3 shards by hand: the example of Tree.
func TestTreesByHand(t *testing.T) {
	tree := Tree{S: 3, Trees: 2}
	want := map[Node][2]int{2: {0, 3}, 4: {0, 2}, 5: {2, 3}, 8: {0, 1}, 9: {1, 2}, 10: {2, 3},
		3: {3, 6}, 6: {3, 5}, 7: {5, 6}, 12: {3, 4}, 13: {4, 5}, 14: {5, 6}}
	for n := range Node(40) {
		units, valid := want[n]
		if tree.Valid(n) != valid {
			t.Errorf("node %d: valid is %v", n, !valid)
		}
		if !valid {
			continue
		}
		lo, hi := tree.Range(n)
		first, last := tree.Shards(n)
		if k := tree.Of(n); lo != units[0] || hi != units[1] || first != lo-3*k || last != hi-3*k || k != lo/3 {
			t.Errorf("node %d of tree %d covers %d to %d, want %v", n, k, lo, hi, units)
		}
		if tree.IsLeaf(n) != (n >= 8) {
			t.Errorf("node %d is a leaf: %v", n, tree.IsLeaf(n))
		}
	}
	if got := []Node{tree.Leaf(0), tree.Leaf(2), tree.Leaf(3), tree.Leaf(5)}; !slices.Equal(got, []Node{8, 10, 12, 14}) {
		t.Errorf("leaves %v", got)
	}
	if got := tree.Cover(1, 6); !slices.Equal(got, []Node{9, 5, 3}) {
		t.Errorf("units 1 to 5 are nodes %v", got)
	}
	if got := (Tree{S: 3, Trees: 3}).AppendRoots(nil); !slices.Equal(got, []Node{4, 5, 6}) {
		t.Errorf("three trees have the roots %v", got)
	}
	if (Tree{S: 3, Trees: 3}).Valid(7) {
		t.Error("a fourth of three trees")
	}
}
