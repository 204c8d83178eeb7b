package gradient_test

import (
	"fmt"

	"braid/gradient"
)

// The nodes of a tree over three shards arrive in any order; the root is their sum.
func ExampleAggregator() {
	tree := gradient.Tree{S: 3}
	of := func(x float32) *gradient.Gradient {
		return &gradient.Gradient{Dense: [][]float32{{x, 10 * x}}, Rows: make([]gradient.Rows, 1),
			Loss: []gradient.Loss{{Sum: float64(x), Weight: 1}}}
	}
	a := gradient.NewAggregator(tree, gradient.F32, nil)
	for _, shard := range []int{2, 0, 1} {
		a.Put(tree.Leaf(shard), of(float32(shard+1)))
	}
	root, ok := a.Root()
	fmt.Println(ok, root.Dense[0], root.Loss[0])
	fmt.Println("one worker with shards 0 and 1 sends node", tree.Cover(0, 2))
	// Output:
	// true [6 60] {6 3}
	// one worker with shards 0 and 1 sends node [2]
}
