package optim_test

import (
	"fmt"

	"braid/gradient"
	"braid/nn"
	"braid/nn/optim"
)

// An update changes the groups that have a gradient. Of a table it changes the rows that have one.
func ExampleOptimizer() {
	dense := nn.NewGroup("encoder", []nn.Spec{{Name: "w", Shape: []int{2}}})
	table := nn.NewTable("word", nn.Spec{Name: "weight", Shape: []int{3, 1}})
	head := nn.NewGroup("head.topic", []nn.Spec{{Name: "w", Shape: []int{1}}})
	params := &nn.ParamSet{Groups: []*nn.Group{dense, table, head}}

	o := optim.New(optim.Config{Kind: "sgd", LR: 0.5}, params)
	g := &gradient.Gradient{
		Dense: [][]float32{{1, -2}, nil, nil}, // nothing for the head
		Rows:  []gradient.Rows{{}, {Dim: 1, IDs: []uint32{1}, Data: []float32{4}}, {}},
	}
	o.Update(params, g, 1)
	fmt.Println(dense.Data, table.Data, head.Data)
	fmt.Println(o.Steps(0), o.Steps(1), o.Steps(2))
	// Output:
	// [-0.5 1] [0 -2 0] [0]
	// 1 1 0
}

// Two steps of warm-up, then a line to 0.
func ExampleSchedule() {
	factor := optim.Schedule("linear", 2, 6, 0, 0)
	for step := range uint64(6) {
		fmt.Print(factor(step), " ")
	}
	// Output: 0.5 1 1 0.75 0.5 0.25
}

// Gradients longer than the limit are scaled to it.
func ExampleClip() {
	g := &gradient.Gradient{Dense: [][]float32{{3, 4}}, Rows: make([]gradient.Rows, 1)}
	_, norm := optim.NewScaler(1).Scale(g, 2)
	optim.Clip(g, norm, 5)
	fmt.Printf("%.4f %.4f\n", norm, g.Dense[0])
	// Output: 10.0000 [3.0000 4.0000]
}
