package gradient

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var shape = Shape{Slots: []Slot{{Group: 0, Numbers: 5}, {Group: 1, Dim: 2, Rows: 9}, {Group: 2, Numbers: 3}}, Tasks: 2}

func random(r *rand.Rand) *Gradient {
	g := &Gradient{Dense: make([][]float32, 3), Rows: make([]Rows, 3), Loss: make([]Loss, 2)}
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	g.Dense[0] = fill(5)
	if r.IntN(3) > 0 {
		g.Dense[2] = fill(3)
	}
	g.Rows[1].Dim = 2
	for id := range uint32(9) {
		if r.IntN(2) == 0 {
			g.Rows[1].IDs = append(g.Rows[1].IDs, id)
		}
	}
	g.Rows[1].Data = fill(2 * len(g.Rows[1].IDs))
	g.Loss[0] = Loss{r.Float64(), 3}
	return g
}

func copyOf(g *Gradient) *Gradient {
	c := new(Gradient)
	if err := c.Decode(g.AppendBinary(nil, F32), shape, F32); err != nil {
		panic(err)
	}
	return c
}

// node sums a node's leaves by the definition of the tree. leaves are by unit.
func node(t Tree, n Node, leaves []*Gradient, p Precision) *Gradient {
	lo, hi := t.Range(n)
	if lo >= hi {
		return nil
	}
	if t.IsLeaf(n) {
		return copyOf(leaves[lo])
	}
	g := node(t, 2*n, leaves, p)
	if r := node(t, 2*n+1, leaves, p); r != nil {
		g.Add(r, p)
	}
	return g
}

// Any aligned cover of one tree or several, in any order, with doubles: each root has the bits of a tree
// over its own shards.
func TestAggregatorGivesTheTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		tree := Tree{S: rapid.IntRange(1, 20).Draw(t, "S"), Trees: rapid.IntRange(0, 6).Draw(t, "trees")}
		p := Precision(rapid.IntRange(0, 1).Draw(t, "precision"))
		leaves := make([]*Gradient, tree.Units())
		for i := range leaves {
			leaves[i] = random(r)
			leaves[i].Round(p)
		}
		var nodes []Node
		for lo := 0; lo < tree.Units(); {
			hi := lo + 1 + r.IntN(tree.Units()-lo)
			nodes = append(nodes, tree.Cover(lo, hi)...)
			lo = hi
		}
		nodes = append(nodes, nodes[r.IntN(len(nodes))], tree.Leaf(r.IntN(tree.Units())))
		r.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		a := NewAggregator(tree, p, nil)
		for _, n := range nodes {
			a.Put(n, node(tree, n, leaves, p))
		}
		roots, ok := a.Roots()
		if !ok || len(roots) != max(tree.Trees, 1) {
			t.Fatalf("%+v, nodes %v: %d roots, %v", tree, nodes, len(roots), ok)
		}
		for k, root := range roots {
			if want := node(Tree{S: tree.S}, Root, leaves[k*tree.S:(k+1)*tree.S], p); root.Hash() != want.Hash() {
				t.Fatalf("%+v, nodes %v: root %d has other bits", tree, nodes, k)
			}
		}
	})
}

// The nodes of a cover are valid, cover the units in order, and stay within one tree each. No cover is smaller:
// two neighbours never have the same parent.
func TestCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := Tree{S: rapid.IntRange(1, 70).Draw(t, "S"), Trees: rapid.IntRange(0, 9).Draw(t, "trees")}
		lo := rapid.IntRange(0, tree.Units()-1).Draw(t, "lo")
		hi := rapid.IntRange(lo+1, tree.Units()).Draw(t, "hi")
		at, last := lo, Node(0)
		for _, n := range tree.Cover(lo, hi) {
			a, b := tree.Range(n)
			if a != at || b <= a || !tree.Valid(n) {
				t.Fatalf("node %d covers %d..%d, want from %d", n, a, b, at)
			}
			if k := tree.Of(n); a/tree.S != k || (b-1)/tree.S != k {
				t.Fatalf("node %d of tree %d covers %d..%d", n, k, a, b)
			}
			if last > 0 && last/2 == n/2 && n > tree.Root(tree.Of(n)) {
				t.Fatalf("nodes %d and %d, not their parent", last, n)
			}
			at, last = b, n
		}
		if at != hi {
			t.Fatalf("covered to %d of %d", at, hi)
		}
	})
}

func TestBinary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := random(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)))
		p := Precision(rapid.IntRange(0, 1).Draw(t, "precision"))
		g.Round(p)
		b := g.AppendBinary(nil, p)
		if len(b) != g.Size(p) {
			t.Fatalf("%d bytes, announced %d", len(b), g.Size(p))
		}
		var back Gradient
		if err := back.Decode(b, shape, p); err != nil {
			t.Fatal(err)
		}
		if back.Hash() != g.Hash() {
			t.Fatal("not the same after a round trip")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(random(rand.New(rand.NewPCG(1, 1))).AppendBinary(nil, F32), false)
	f.Fuzz(func(t *testing.T, b []byte, half bool) {
		p := F32
		if half {
			p = BF16
		}
		var g Gradient
		if g.Decode(b, shape, p) == nil {
			g.Finite()
		}
	})
}
