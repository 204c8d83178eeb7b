package worker

import (
	"strings"
	"testing"
	"testing/synctest"

	"braid/gradient"
	"braid/job"
	"braid/protocol"
	"braid/worker/session"
)

// orderOf is an order of nodes for a job with two tasks and four shards.
func orderOf(round uint64, scale int, nodes ...uint32) *protocol.Order {
	return &protocol.Order{Round: round, Kind: protocol.RoundGradient, Scale: gradient.AppendFloats(nil, make([]float32, scale), gradient.F32), Nodes: protocol.AppendNumbers(nil, nodes)}
}

// An order that cannot be right is answered with why, and does not end the worker.
func TestOrderThatCannotBeComputed(t *testing.T) {
	j := &job.Job{Tasks: make([]job.Task, 2)}
	j.Training.Shards = 4
	p := &prepared{job: j}
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
	} {
		var events []any
		e := newEngine(0, nil, func(event any) { events = append(events, event) })
		e.do(t.Context(), task{with: p, order: c.order})
		if len(events) != 1 {
			t.Fatalf("%d events", len(events))
		}
		said, ok := events[0].(session.NotComputed)
		if !ok || said.Round != c.order.Round || !strings.Contains(said.Why.Error(), c.says) {
			t.Errorf("%+v, not about %q", events[0], c.says)
		}
	}
}

// A stop drops orders and keeps parameters: whoever comes next builds on them.
func TestStopKeepsParameters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(0, nil, func(any) {})
		left := 0
		patch := task{patch: []byte{1}}
		for _, x := range []task{patch, {order: orderOf(1, 2, 1)}, patch, {order: orderOf(2, 2, 1)}} {
			e.add(x)
		}
		e.stop()
		for len(e.queue) > 0 {
			x, _, ok := e.next(t.Context())
			if !ok || x.order != nil {
				t.Fatalf("an order is left: %+v", x.order)
			}
			left++
		}
		if left != 2 {
			t.Errorf("%d patches are left", left)
		}
	})
}
