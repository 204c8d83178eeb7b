package worker

import (
	"strings"
	"testing"

	"braid/gradient"
	"braid/job"
	"braid/plan"
	"braid/protocol"
	"braid/worker/session"
)

// orderOf is an order of nodes for a job with two tasks and four shards.
func orderOf(round uint64, scale int, nodes ...uint32) *protocol.Order {
	return &protocol.Order{Term: 2, Round: round, Kind: protocol.RoundGradient,
		Scale: gradient.AppendFloats(nil, make([]float32, scale), gradient.F32), Nodes: protocol.AppendNumbers(nil, nodes)}
}

// An order that cannot be right is answered with why, and does not end the worker.
func TestOrderThatCannotBeComputed(t *testing.T) {
	j := &job.Job{Data: []job.DataSet{{Name: "d"}}, Tasks: []job.Task{{Data: "d"}, {Data: "d"}}}
	j.Training.Shards, j.Training.Batch, j.Training.Steps, j.Training.Sampling.Kind = 4, 8, 5, "uniform"
	planner, err := plan.New(j, plan.Sizes{Tasks: []int{9, 9}, Sets: []int{9}})
	if err != nil {
		t.Fatal(err)
	}
	p := &jobState{job: j, plan: planner}
	late := orderOf(5, 2, 1)
	late.Step = 5
	torn := orderOf(4, 2, 1)
	torn.Nodes = torn.Nodes[:3]
	for _, c := range []struct {
		order *protocol.Order
		says  string
	}{
		{orderOf(1, 3, 1), "scale"},
		{orderOf(2, 2, 0), "node 0"},
		{orderOf(3, 2, 1<<31), "node"},
		{torn, "numbers"},
		{late, "step 5 of 5"},
	} {
		var events []any
		x := &computer{credit: newCredit(), event: func(event any) { events = append(events, event) }}
		x.do(t.Context(), task{job: p, Task: session.Task{Order: c.order}})
		if len(events) != 1 {
			t.Fatalf("%d events", len(events))
		}
		said, ok := events[0].(session.NotComputed)
		if !ok || said.Round != c.order.Round || said.Term != c.order.Term || !strings.Contains(said.Why.Error(), c.says) {
			t.Errorf("%+v, not about %q", events[0], c.says)
		}
	}
}
