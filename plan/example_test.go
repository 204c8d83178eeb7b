package plan_test

import (
	"fmt"

	"braid/job"
	"braid/plan"
)

// Every process computes the plan of a step for itself.
func ExamplePlanner_At() {
	j, err := job.Parse("job.yaml", []byte(`
data: {news: {format: jsonl, train: train.jsonl}}
tasks:
  - {name: topic, kind: classification, field: topic}
  - {name: names, kind: tagging, field: tags}
training: {steps: 4, batch: 4, shards: 2, sampling: {kind: round_robin}}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.New(j, plan.Sizes{Tasks: []int{10, 6}, Sets: []int{10}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range p.Steps() {
		s := p.At(n).Streams[0]
		fmt.Println("step", n, j.Tasks[s.Tasks[0]].Name, "epoch", s.Epoch, "shards", s.Shards)
	}
	// Output:
	// step 0 topic epoch 0 shards [[3 5] [9 8]]
	// step 1 names epoch 0 shards [[4 2] [5 0]]
	// step 2 topic epoch 0 shards [[6 1] [0 7]]
	// step 3 names epoch 0 shards [[3] [1]]
}
