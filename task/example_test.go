package task_test

import (
	"fmt"

	"braid/data"
	"braid/job"
	"braid/nn"
	"braid/task"
)

// Spans counts as conlleval does: type and both ends must be right.
func ExampleSpanCounts() {
	gold := task.Spans(nil, []string{"B-PER", "I-PER", "O", "B-LOC"})
	found := task.Spans(nil, []string{"B-PER", "O", "O", "B-LOC"})
	var c task.SpanCounts
	c.Count(gold, found)
	precision, recall, f1 := c.Scores()
	fmt.Println(gold)
	fmt.Println(precision, recall, f1)
	// Output:
	// [{PER 0 2} {LOC 3 4}]
	// 0.5 0.5 0.5
}

// A head turns hidden states into losses, gradients and answers.
func ExampleHead() {
	labels := data.NewLabels([]string{"sport", "travel"})
	topic := job.Task{Kind: "classification", Decoder: "linear", Pooling: "mean"}
	h := task.NewHead(topic, labels, task.Hidden{Width: 2, Directions: 1, Per: job.PerWord})
	parameters := nn.NewGroup("head.topic", h.Specs())
	copy(parameters.Data, []float32{1, 0, 0, 1, 0, 0}) // weight (2, 2), bias (2)

	weights, pass := h.NewWeights(), h.NewPass()
	weights.Pack(parameters.Params, true)
	layout := nn.NewLayout([]int32{2, 1}, []int32{0, 0}, 1) // texts of two words and one
	hidden := []float32{2, 0, 0, 3, 2, 0}                   // word 0 of both texts, then word 1 of the first
	pass.Forward(weights, layout, hidden)
	fmt.Println(pass.Answer(0).Label, pass.Answer(1).Label)

	corpus := &data.Corpus{Offsets: []uint32{0, 2, 3}}
	target := &data.Target{Class: []int32{0, 0}, Labelled: []uint32{0, 1}}
	var gold task.Targets
	h.Gather(&gold, corpus, target, layout, []uint32{0, 1})
	score := task.NewScore(topic, labels.Len())
	for text := range 2 {
		pass.Count(&gold, text, score)
	}
	sum, examples := pass.Loss(&gold, 0, 1)
	fmt.Printf("loss %.3f of %v examples, accuracy %v\n", sum, examples, score.Metrics()["accuracy"])
	// Output:
	// sport travel
	// loss 3.176 of 2 examples, accuracy 0.5
}
