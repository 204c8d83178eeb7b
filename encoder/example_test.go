package encoder_test

import (
	"fmt"

	"braid/data"
	"braid/encoder"
	"braid/job"
	"braid/nn"
)

// An encoder turns the words of two texts into hidden states, one row per word.
func Example() {
	settings := job.Encoder{Kind: "lstm", Word: job.Word{Dim: 4}, LSTM: job.LSTM{Hidden: 2, Layers: 1}}
	e := encoder.New(encoder.Spec{Words: 3, Job: settings})
	var groups []*nn.Group
	for _, spec := range e.Groups() {
		g := spec.New()
		spec.Start(g, 1)
		groups = append(groups, g)
		fmt.Println(g.Name, len(g.Data))
	}
	weights := e.NewWeights(false)
	for piece := range weights.Begin(groups, nil) {
		weights.Pack(piece)
	}
	block := &encoder.Block{
		Layout:   nn.NewLayout([]int32{2, 1}, []int32{0, 0}, 1), // longest first
		Corpus:   &data.Corpus{Words: []uint32{1, 2, 0}, Offsets: []uint32{0, 2, 3}},
		Examples: []uint32{0, 1},
	}
	hidden := e.NewPass().Forward(weights, block)
	fmt.Println(len(hidden)/e.Output().Width, "rows of", e.Output().Width)
	// Output:
	// encoder 64
	// word 12
	// 3 rows of 2
}
