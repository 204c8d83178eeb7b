package gradient

import (
	"math/rand/v2"
	"testing"
)

// Every gradient that was given goes to spare once, except the root; a node that is covered
// already is refused.
func TestAggregatorGivesGradientsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	spared := map[*Gradient]int{}
	a := NewAggregator(Tree{S: 5}, F32, func(g *Gradient) { spared[g]++ })
	gave := map[Node]*Gradient{}
	for _, c := range []struct {
		n                Node
		taken, ends, has bool // has: before
	}{
		{9, true, false, false},
		{9, false, false, true},
		{8, true, false, false}, // 4 is whole now
		{4, false, false, true},
		{8, false, false, true},
		{10, true, false, false},
		{5, true, false, false}, // whole, in place of 10; 2 is whole now
		{11, false, false, true},
		{2, false, false, true},
		{12, true, true, false}, // is node 6 and node 3, and completes the root
		{1, false, true, true},
	} {
		if got := a.Has(c.n); got != c.has {
			t.Errorf("node %d: covered is %v", c.n, got)
		}
		g := random(r)
		if got := a.Put(c.n, g); got != c.taken {
			t.Errorf("node %d: taken is %v", c.n, got)
		}
		if c.taken {
			gave[c.n] = g
		} else if spared[g] != 1 {
			t.Errorf("node %d was refused and given back %d times", c.n, spared[g])
		}
		if _, ok := a.Root(); ok != c.ends {
			t.Errorf("after node %d the root is there: %v", c.n, ok)
		}
	}
	root, _ := a.Root()
	for n, g := range gave {
		want := 1
		if g == root {
			want = 0
		}
		if spared[g] != want {
			t.Errorf("node %d was given back %d times, want %d", n, spared[g], want)
		}
	}
	if root != gave[8] {
		t.Error("the root is not in the memory of its leftmost node")
	}
}
