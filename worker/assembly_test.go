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

// feed, cast and position are messages of term 2 about the parameters; feeds are numbered from 1.
func feed(version, feed, count uint64, last bool) *protocol.Params {
	return &protocol.Params{Term: 2, Version: version, Feed: feed1 + feed - 1, Count: count, Last: last}
}

func cast(version, count uint64, last bool) *protocol.Params {
	return &protocol.Params{Term: 2, Version: version, Count: count, Last: last, Delta: true}
}

func position(feed, count, since, seq uint64) *protocol.Position {
	return &protocol.Position{Term: 2, Feed: feed1 + feed - 1, Count: count, Joined: seq > 0, Since: since, Seq: seq}
}

// Lost, late, repeated and damaged chunks are never part of a version.
func TestVersionIsWhole(t *testing.T) {
	params := make([]float32, 2)
	j := &jobState{travels: gradient.BF16, shape: gradient.Shape{Slots: []gradient.Slot{{Numbers: 2}}}}
	j.patcher = gradient.Patcher{Shape: &j.shape, Groups: func(int) []float32 { return params }}
	var events []any
	a := newAssembly(hclog.NewNullLogger(), func(e any) { events = append(events, e) })
	a.begin(protocol.Welcome{Term: 2, Feed: 1 << protocol.FeedBits})
	a.use(j)
	f32, bf16 := gradient.F32, gradient.BF16
	for i, c := range []struct {
		m    protocol.Message
		body []byte
		want []float32 // nil: the parameters are of no version
	}{
		{feed(1, 1, 1, false), chunkOf(f32, 0, 1), nil},
		{&protocol.Params{Term: 1, Version: 1, Feed: feed1, Count: 2, Last: true}, chunkOf(f32, 1, 9), nil}, // another term
		{feed(1, 1, 2, true), chunkOf(f32, 1, 2), []float32{1, 2}},
		{feed(1, 1, 2, true), chunkOf(f32, 1, 2), []float32{1, 2}}, // repeated
		{cast(2, 7, true), chunkOf(bf16, 0, 1), []float32{1, 2}},   // not joined
		{position(1, 2, 7, 7), nil, []float32{1, 2}},
		{cast(2, 8, false), chunkOf(bf16, 0, 0.5), nil},
		{cast(2, 9, true), chunkOf(bf16, 1, 0.25), []float32{1.5, 2.25}},
		{cast(2, 9, true), chunkOf(bf16, 1, 0.25), []float32{1.5, 2.25}},
		{cast(3, 11, true), chunkOf(bf16, 0, 1), nil},  // chunk 10 was lost
		{cast(4, 12, true), chunkOf(bf16, 0, 1), nil},  // and stays lost
		{feed(4, 1, 3, true), chunkOf(f32, 0, 1), nil}, // also by the old feed
		{feed(4, 2, 1, true), chunkOf(f32, 0, 3), []float32{3, 2.25}},
		{feed(5, 2, 2, true), chunkOf(f32, 1, 1, 1, 1), nil}, // does not fit
		{position(3, 0, 0, 0), nil, nil},                     // a feed begins
		{feed(6, 3, 1, true), chunkOf(f32, 1, 4), []float32{3, 4}},
		{position(3, 2, 0, 0), nil, nil}, // its second chunk was lost
	} {
		frame, err := protocol.Append(nil, c.m, c.body)
		if err != nil {
			t.Fatal(err)
		}
		a.receive(transport.Received{Data: frame})
		for x, _, ok := a.next(t.Context()); ok; x, _, ok = a.next(t.Context()) {
			packed := x.Version > 0
			x.Version = 0 // there is no model to pack
			x.apply()
			a.done(x)
			if packed != (c.want != nil) {
				t.Errorf("chunk %d: packed %v", i, packed)
			}
		}
		received, _ := a.state()
		if version := received.Version; version > 0 != (c.want != nil) || c.want != nil && !slices.Equal(params, c.want) {
			t.Fatalf("chunk %d: version %d, parameters %v, want %v", i, version, params, c.want)
		}
	}
	received, applied := a.state()
	if applied != (protocol.Progress{Feed: feed1 + 2, Count: 1}) {
		t.Errorf("applied %+v", applied)
	}
	if !received.Lost || received.Version != 0 {
		t.Errorf("received %+v", received)
	}
	if n := len(events); events[n-2] != (session.Changed{}) || events[n-1] != (session.Acknowledge{}) {
		t.Errorf("the last events are %T and %T", events[n-2], events[n-1])
	}
}

// The context of a task ends when the task is obsolete, and not before.
func TestObsoleteTaskIsInterrupted(t *testing.T) {
	a := newAssembly(hclog.NewNullLogger(), func(any) {})
	j := &jobState{shape: gradient.Shape{Slots: []gradient.Slot{{Numbers: 2}}}}
	a.begin(protocol.Welcome{Term: 2, Feed: 1 << protocol.FeedBits})
	a.use(j)
	chunk := func(version, count uint64) {
		frame, err := protocol.Append(nil, feed(version, 1, count, true), chunkOf(gradient.F32, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		a.receive(transport.Received{Data: frame})
	}
	chunk(1, 1)
	x, _, _ := a.next(t.Context())
	a.done(x)
	for _, c := range []struct {
		name      string
		interrupt func()
	}{
		{"newer parameters", func() { chunk(2, 2) }},
		{"cancel", a.stop},
		{"a new session", func() { a.begin(protocol.Welcome{Term: 3, Feed: 1 << protocol.FeedBits}) }},
	} {
		received, _ := a.state()
		a.compute(&protocol.Order{Term: received.Term, Version: received.Version})
		for x, work, ok := a.next(t.Context()); ok; x, work, ok = a.next(t.Context()) {
			if x.Order == nil {
				a.done(x)
				continue
			}
			if work.Err() != nil {
				t.Errorf("%s: interrupted at once", c.name)
			}
			c.interrupt()
			if work.Err() == nil {
				t.Errorf("%s does not interrupt", c.name)
			}
		}
	}
}
