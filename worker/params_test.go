package worker

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/protocol"
	"braid/worker/session"

	"github.com/hashicorp/go-hclog"
)

// Where chunks of two versions were mixed, nothing is added until everything has come anew.
func TestNothingIsAddedToTornParameters(t *testing.T) {
	params := make([]float32, 2)
	p := &prepared{travels: gradient.BF16, shape: gradient.Shape{Dense: []int{2}, Dim: []int{0}, Rows: []int{0}}}
	p.patcher = gradient.Patcher{Shape: &p.shape, Groups: func(int) []float32 { return params }}
	w := &worker{Config: Config{Log: hclog.NewNullLogger()}, machine: session.New(session.Config{}), current: p,
		engine: newEngine(0, nil, func(any) {}), fetching: func() {}}
	for _, m := range []any{&protocol.Lead{Term: 1, Leader: "l"}, &protocol.Welcome{Term: 1, Leader: "l", Manifest: "m"}, session.Fetched{Manifest: "m"}} {
		w.machine.Step(0, m)
	}
	chunk := func(p gradient.Precision, first int, x ...float32) (b []byte) {
		w := gradient.Writer{Precision: p, Send: func(buf []byte, _ bool) error { b = slices.Clone(buf); return nil }}
		w.Begin()
		w.Dense(0, first, x)
		_ = w.End()
		return b
	}
	for i, c := range []struct {
		version, base uint64
		part          protocol.Part
		body          []byte
		want          []float32
	}{
		{1, 0, protocol.Part{Last: true}, chunk(gradient.F32, 0, 1, 2), []float32{1, 2}},
		{2, 1, protocol.Part{Last: true}, chunk(gradient.BF16, 0, 0.5, 0.25), []float32{1.5, 2.25}},
		{3, 0, protocol.Part{}, chunk(gradient.F32, 0, 2.5), []float32{2.5, 2.25}},
		{3, 2, protocol.Part{Last: true}, chunk(gradient.BF16, 0, 1, 1), []float32{2.5, 2.25}}, // 2.5 has it already
		{4, 0, protocol.Part{Last: true}, chunk(gradient.F32, 0, 3.5, 4.25), []float32{3.5, 4.25}},
		{5, 4, protocol.Part{Index: 1, Last: true}, chunk(gradient.BF16, 1, 1), []float32{3.5, 5.25}},
		{5, 4, protocol.Part{Index: 1, Last: true}, chunk(gradient.BF16, 1, 1), []float32{3.5, 5.25}}, // a double
		{5, 4, protocol.Part{}, chunk(gradient.BF16, 0, 1), []float32{4.5, 5.25}},
		{6, 5, protocol.Part{Last: true}, chunk(gradient.BF16, 0, 1, 1), []float32{5.5, 6.25}},
	} {
		w.params(&protocol.Params{Term: 1, Version: c.version, Base: c.base, Part: c.part}, c.body)
		for _, x := range w.engine.queue {
			p.patcher.Precision, p.patcher.Add = x.sent, x.sent == gradient.BF16
			if err := p.patcher.Patch(x.patch); err != nil {
				t.Fatal(err)
			}
		}
		w.engine.queue = nil
		if !slices.Equal(params, c.want) {
			t.Fatalf("chunk %d: %v, want %v", i, params, c.want)
		}
	}
}
