package worker

import (
	"slices"
	"testing"

	"braid/gradient"
	"braid/protocol"
	"braid/transport"
	"braid/worker/session"

	"github.com/hashicorp/go-hclog"
)

const feed1 = 1<<protocol.FeedBits + 1

// chunkOf is a chunk of a group of two numbers.
func chunkOf(p gradient.Precision, first int, x ...float32) (b []byte) {
	w := gradient.Writer{Precision: p, Send: func(buf []byte, _ bool) error { b = slices.Clone(buf); return nil }}
	w.Begin()
	w.Dense(0, first, x)
	_ = w.End()
	return b
}

// Whatever is lost, late, double or damaged, what is called a version is one.
func TestWhatIsCalledAVersionIsOne(t *testing.T) {
	params := make([]float32, 2)
	with := &prepared{travels: gradient.BF16, shape: gradient.Shape{Dense: []int{2}, Dim: []int{0}, Rows: []int{0}}}
	with.patcher = gradient.Patcher{Shape: &with.shape, Groups: func(int) []float32 { return params }}
	var events []any
	event := func(e any) { events = append(events, e) }
	p := &parameters{log: hclog.NewNullLogger(), engine: newEngine(0, nil, event), event: event}
	p.begin(protocol.Welcome{Term: 2, Feed: 1 << protocol.FeedBits})
	p.use(with)
	f32, bf16 := gradient.F32, gradient.BF16
	for i, c := range []struct {
		m    protocol.Message
		body []byte
		want []float32 // nil: the parameters are of no version
	}{
		{&protocol.Params{Term: 2, Version: 1, Feed: feed1, Count: 1}, chunkOf(f32, 0, 1), nil},
		{&protocol.Params{Term: 1, Version: 1, Feed: feed1, Count: 2, Last: true}, chunkOf(f32, 1, 9), nil}, // another term
		{&protocol.Params{Term: 2, Version: 1, Feed: feed1, Count: 2, Last: true}, chunkOf(f32, 1, 2), []float32{1, 2}},
		{&protocol.Params{Term: 2, Version: 1, Feed: feed1, Count: 2, Last: true}, chunkOf(f32, 1, 2), []float32{1, 2}},  // double
		{&protocol.Params{Term: 2, Version: 2, Count: 7, Last: true, Delta: true}, chunkOf(bf16, 0, 1), []float32{1, 2}}, // not joined
		{&protocol.Position{Term: 2, Feed: feed1, Count: 2, Joined: true, Since: 7, Seq: 7}, nil, []float32{1, 2}},
		{&protocol.Params{Term: 2, Version: 2, Count: 8, Delta: true}, chunkOf(bf16, 0, 0.5), nil},
		{&protocol.Params{Term: 2, Version: 2, Count: 9, Last: true, Delta: true}, chunkOf(bf16, 1, 0.25), []float32{1.5, 2.25}},
		{&protocol.Params{Term: 2, Version: 2, Count: 9, Last: true, Delta: true}, chunkOf(bf16, 1, 0.25), []float32{1.5, 2.25}},
		{&protocol.Params{Term: 2, Version: 3, Count: 11, Last: true, Delta: true}, chunkOf(bf16, 0, 1), nil},                  // one was lost
		{&protocol.Params{Term: 2, Version: 4, Count: 12, Last: true, Delta: true}, chunkOf(bf16, 0, 1), nil},                  // and stays lost
		{&protocol.Params{Term: 2, Version: 4, Feed: feed1, Count: 3, Last: true}, chunkOf(f32, 0, 1), nil},                    // also by the old feed
		{&protocol.Params{Term: 2, Version: 4, Feed: feed1 + 1, Count: 1, Last: true}, chunkOf(f32, 0, 3), []float32{3, 2.25}}, // all that was lacking
		{&protocol.Params{Term: 2, Version: 5, Feed: feed1 + 1, Count: 2, Last: true}, chunkOf(f32, 1, 1, 1, 1), nil},          // does not fit
		{&protocol.Position{Term: 2, Feed: feed1 + 2, Count: 0}, nil, nil},                                                     // a feed begins
		{&protocol.Params{Term: 2, Version: 6, Feed: feed1 + 2, Count: 1, Last: true}, chunkOf(f32, 1, 4), []float32{3, 4}},
		{&protocol.Position{Term: 2, Feed: feed1 + 2, Count: 2}, nil, nil}, // its second chunk did not come
	} {
		frame, err := protocol.Append(nil, c.m, c.body)
		if err != nil {
			t.Fatal(err)
		}
		p.receive(transport.Received{Data: frame})
		for _, x := range p.engine.queue {
			x.whole = false // nothing to pack for
			p.engine.apply(x)
		}
		p.engine.queue = nil
		if version := p.intake.Version(); version > 0 != (c.want != nil) || c.want != nil && !slices.Equal(params, c.want) {
			t.Fatalf("chunk %d: version %d, parameters %v, want %v", i, version, params, c.want)
		}
	}
	if got := p.progress(); got != (protocol.Progress{Feed: feed1 + 2, Count: 1}) {
		t.Errorf("progress %+v", got)
	}
	last, ok := events[len(events)-2].(session.Received)
	if !ok || !last.Lost || last.Version != 0 {
		t.Errorf("the session was told %+v", events[len(events)-2])
	}
}

// An order is computed only with the parameters of its version.
func TestOrderNeedsItsVersion(t *testing.T) {
	p := &parameters{log: hclog.NewNullLogger(), engine: newEngine(0, nil, func(any) {}), event: func(any) {}}
	p.begin(protocol.Welcome{Term: 2, Feed: 1 << protocol.FeedBits})
	p.use(new(prepared))
	p.intake.Take(&protocol.Params{Term: 2, Version: 5, Feed: feed1, Count: 1, Last: true})
	for _, o := range []protocol.Order{{Term: 2, Version: 4}, {Term: 2, Version: 6}, {Term: 1, Version: 5}, {Term: 2, Version: 5}} {
		p.compute(&o, 0)
	}
	if len(p.engine.queue) != 1 || p.engine.queue[0].order.Version != 5 || p.engine.queue[0].order.Term != 2 {
		t.Errorf("%d orders are computed", len(p.engine.queue))
	}
}
