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
