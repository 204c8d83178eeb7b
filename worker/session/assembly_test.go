package session

import (
	"errors"
	"testing"
	"time"

	"braid/protocol"
)

const (
	term  = 2
	feed0 = 3 << protocol.FeedBits // of the Welcome
)

func fits(*protocol.Params, []byte) error { return nil }

// newAssembly is an Assembly with a model, and with chunks of up to 400 bytes.
func newAssembly() *Assembly {
	a := new(Assembly)
	a.Reset(&protocol.Welcome{Term: term, Feed: feed0, Chunk: 400})
	a.Use(fits)
	return a
}

func feed(version, feed, count uint64, last bool) *protocol.Params {
	return &protocol.Params{Term: term, Version: version, Feed: feed0 + feed, Count: count, Last: last}
}

func cast(version, count uint64, last bool) *protocol.Params {
	return &protocol.Params{Term: term, Version: version, Count: count, Last: last, Delta: true}
}

func position(feed, count, since, seq uint64) *protocol.Position {
	return &protocol.Position{Term: term, Feed: feed0 + feed, Count: count, Joined: seq > 0, Since: since, Seq: seq}
}

// take hands messages to an Assembly.
func take(a *Assembly, messages ...protocol.Message) (o Outcome) {
	for _, m := range messages {
		switch m := m.(type) {
		case *protocol.Params:
			o = a.Chunk(m, make([]byte, 10))
		case *protocol.Position:
			o = a.Position(m)
		}
	}
	return o
}

// work does all tasks, and returns how many orders were among them.
func work(a *Assembly) (orders int) {
	for t, ok := a.Next(); ok; t, ok = a.Next() {
		if t.Order != nil {
			orders++
		}
		a.Done(t)
	}
	return orders
}

// Each sequence of messages leads to one state of the parameters.
func TestVersionsFromChunks(t *testing.T) {
	joined := []protocol.Message{feed(1, 1, 1, true), position(1, 1, 7, 7)} // version 1, and a part of the multicast
	foreign := func(m protocol.Message) protocol.Message {
		switch m := m.(type) {
		case *protocol.Params:
			m.Term++
		case *protocol.Position:
			m.Term++
		}
		return m
	}
	for _, c := range []struct {
		name     string
		begin    []protocol.Message
		messages []protocol.Message
		version  uint64
		lost     bool
		progress protocol.Progress
	}{
		{"a feed of two chunks", nil, []protocol.Message{feed(1, 1, 1, false), feed(1, 1, 2, true)}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 2}},
		{"a feed without its end", nil, []protocol.Message{feed(1, 1, 1, false)}, 0, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1}},
		{"a feed without its first chunk", nil, []protocol.Message{feed(1, 1, 2, true)}, 0, true,
			protocol.Progress{Feed: feed0 + 1}},
		{"a repeated chunk", nil, []protocol.Message{feed(1, 1, 1, true), feed(1, 1, 1, true)}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1}},
		{"a chunk of another term", nil, []protocol.Message{foreign(feed(1, 1, 1, true))}, 0, false,
			protocol.Progress{Feed: feed0}},
		{"a chunk of another session", nil, []protocol.Message{feed(1, 1<<protocol.FeedBits, 1, true)}, 0, false,
			protocol.Progress{Feed: feed0}},
		{"a chunk of an older feed", nil, []protocol.Message{feed(1, 2, 1, true), feed(1, 1, 1, false)}, 1, false,
			protocol.Progress{Feed: feed0 + 2, Count: 1}},
		{"a newer feed", nil, []protocol.Message{feed(1, 1, 1, true), position(2, 0, 0, 0)}, 0, false,
			protocol.Progress{Feed: feed0 + 2}},
		{"a lost chunk of the feed", nil, []protocol.Message{feed(1, 1, 1, true), position(1, 2, 0, 0)}, 0, true,
			protocol.Progress{Feed: feed0 + 1, Count: 1}},
		{"a position of another term", nil, []protocol.Message{feed(1, 1, 1, true), foreign(position(1, 2, 0, 0))}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1}},
		{"after a loss no other loss counts", nil, []protocol.Message{feed(1, 1, 2, true), position(1, 2, 3, 3)}, 0, true,
			protocol.Progress{Feed: feed0 + 1}},

		{"the multicast before the worker joins it", nil, []protocol.Message{feed(1, 1, 1, true), cast(2, 7, true)}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1}},
		{"the multicast before the position", nil,
			[]protocol.Message{feed(1, 1, 1, true), cast(2, 7, true), position(1, 1, 7, 7)}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"joined", joined, nil, 1, false, protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"a version of one chunk", joined, []protocol.Message{cast(2, 8, true)}, 2, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 8}},
		{"a part of a version", joined, []protocol.Message{cast(2, 8, false)}, 0, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 8}},
		{"a version of two chunks", joined, []protocol.Message{cast(2, 8, false), cast(2, 9, true)}, 2, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 9}},
		{"a chunk sent before", joined, []protocol.Message{cast(2, 7, false)}, 1, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"a lost chunk of the multicast", joined, []protocol.Message{cast(3, 9, true)}, 0, true,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"which stays lost", joined, []protocol.Message{cast(3, 9, true), cast(2, 8, true)}, 0, true,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"a position before a lost chunk", joined, []protocol.Message{position(1, 1, 7, 8)}, 0, true,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"a repeated position", joined, []protocol.Message{cast(2, 8, true), position(1, 1, 7, 8)}, 2, false,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 8}},
		{"chunks of the multicast before a late position", nil,
			[]protocol.Message{feed(1, 1, 1, true), cast(2, 8, true), position(1, 1, 7, 7)}, 0, true,
			protocol.Progress{Feed: feed0 + 1, Count: 1, Seq: 7}},
		{"a feed behind the multicast", joined, []protocol.Message{cast(2, 8, true), feed(2, 1, 2, false)}, 0, false,
			protocol.Progress{Feed: feed0 + 1, Count: 2, Seq: 8}},
		{"a newer feed leaves the multicast", joined,
			[]protocol.Message{cast(2, 8, false), feed(2, 2, 1, true), cast(2, 9, false)}, 2, false,
			protocol.Progress{Feed: feed0 + 2, Count: 1}},
		{"a newer feed repairs a loss", joined, []protocol.Message{cast(3, 9, true), feed(3, 2, 1, true)}, 3, false,
			protocol.Progress{Feed: feed0 + 2, Count: 1}},
	} {
		a := newAssembly()
		take(a, c.begin...)
		take(a, c.messages...)
		r := a.Received()
		if r.Version != c.version || r.Lost != c.lost || r.Progress != c.progress || r.Term != term {
			t.Errorf("%s: %+v, want version %d, lost %v, %+v", c.name, r, c.version, c.lost, c.progress)
		}
		work(a)
		if a.Applied() != c.progress {
			t.Errorf("%s: applied %+v, want %+v", c.name, a.Applied(), c.progress)
		}
	}
}

// An order is computed only with its version, and after the chunks of the version.
func TestOrderNeedsItsVersion(t *testing.T) {
	a := newAssembly()
	if a.Compute(&protocol.Order{Term: term}) {
		t.Error("an order is computed without parameters")
	}
	take(a, feed(5, 1, 1, true))
	for _, o := range []protocol.Order{{Term: term, Version: 4}, {Term: term, Version: 6}, {Term: 1, Version: 5}} {
		if a.Compute(&o) {
			t.Errorf("computes %+v with version 5", o)
		}
	}
	if !a.Compute(&protocol.Order{Term: term, Version: 5}) {
		t.Error("does not compute an order of version 5")
	}
	first, _ := a.Next()
	second, _ := a.Next()
	if first.Order != nil || first.Version != 5 || second.Order == nil {
		t.Errorf("tasks %+v and %+v", first, second)
	}
	if _, ok := a.Next(); ok {
		t.Error("there is a third task")
	}
}

// Without a model nothing counts.
func TestNothingCountsWithoutModel(t *testing.T) {
	a := newAssembly()
	a.Use(nil)
	if o := take(a, feed(1, 1, 1, true), position(1, 2, 0, 0)); o != (Outcome{}) || a.Received().Progress.Feed != feed0 {
		t.Errorf("%+v, %+v", o, a.Received())
	}
	if a.Compute(&protocol.Order{Term: term, Version: 1}) {
		t.Error("an order is computed")
	}
}

// A chunk that does not fit counts as lost, and is not part of the counts that a request carries.
func TestUnusableChunkIsLost(t *testing.T) {
	a := newAssembly()
	take(a, feed(1, 1, 1, true))
	a.Use(func(*protocol.Params, []byte) error { return errors.New("another shape") })
	o := take(a, feed(2, 1, 2, true))
	if r := a.Received(); o.Unusable == nil || !o.Changed || !r.Lost || r.Progress.Count != 1 {
		t.Errorf("%+v, %+v", o, r)
	}
}

// Orders are dropped as soon as the parameters cease to be their version; chunks are kept.
func TestOrdersAreDroppedWithTheirVersion(t *testing.T) {
	for name, m := range map[string]protocol.Message{
		"a newer version": cast(2, 8, true), "a part of one": cast(2, 8, false), "a loss": cast(2, 9, true),
		"a loss that a position shows": position(1, 2, 7, 7), "a newer feed": position(2, 0, 0, 0),
	} {
		a := newAssembly()
		take(a, feed(1, 1, 1, true), position(1, 1, 7, 7))
		left := a.Received().Left
		a.Compute(&protocol.Order{Term: term, Version: 1})
		if o := take(a, m); !o.Interrupt || !o.Changed || a.Received().Left != left+1 {
			t.Errorf("%s: %+v, left %d times", name, o, a.Received().Left)
		}
		if work(a) != 0 {
			t.Errorf("%s: an order is computed", name)
		}
	}
	a := newAssembly()
	take(a, feed(1, 1, 1, true), position(1, 1, 7, 7))
	a.Compute(&protocol.Order{Term: term, Version: 1})
	if o := take(a, feed(1, 1, 1, true), cast(1, 7, true)); o.Interrupt || o.Changed || o.Acknowledge {
		t.Errorf("repeated chunks: %+v", o)
	}
	if work(a) != 1 {
		t.Error("the order is not computed")
	}
}

// Cancel drops orders and keeps chunks, which later chunks build on.
func TestCancelKeepsChunks(t *testing.T) {
	a := newAssembly()
	take(a, feed(1, 1, 1, true))
	a.Compute(&protocol.Order{Term: term, Version: 1})
	if o := a.Cancel(); !o.Interrupt {
		t.Errorf("%+v", o)
	}
	if task, ok := a.Next(); !ok || task.Order != nil {
		t.Errorf("%+v is first", task)
	}
	if _, ok := a.Next(); ok {
		t.Error("the order is left")
	}
}

// A new session drops the tasks of the one before, and the end of such a task changes nothing.
func TestResetDropsTasks(t *testing.T) {
	a := newAssembly()
	take(a, feed(1, 1, 1, false), feed(1, 1, 2, true))
	old, _ := a.Next()
	if o := a.Reset(&protocol.Welcome{Term: term + 1, Feed: feed0}); !o.Interrupt {
		t.Errorf("%+v", o)
	}
	if _, ok := a.Next(); ok {
		t.Error("a task is left")
	}
	if o := a.Done(old); o != (Outcome{}) || a.Applied() != (protocol.Progress{Feed: feed0}) {
		t.Errorf("%+v, applied %+v", o, a.Applied())
	}
	if a.Received() != (Received{Term: term + 1, Progress: protocol.Progress{Feed: feed0}}) {
		t.Errorf("%+v", a.Received())
	}
}

// Chunks are acknowledged when they are applied: at the end of a feed, and after each quarter of a chunk's size. A
// Position is acknowledged as soon as it arrives.
func TestAcknowledgements(t *testing.T) {
	a := newAssembly()
	if o := a.Listening(true); !o.Acknowledge || !a.Applied().Listening {
		t.Errorf("listening: %+v", o)
	}
	a.Listening(false)
	done := func() Outcome {
		task, _ := a.Next()
		return a.Done(task)
	}
	if o := take(a, feed(1, 1, 1, false)); o.Acknowledge || a.Applied().Count != 0 {
		t.Errorf("a chunk is acknowledged before it is applied: %+v", a.Applied())
	}
	if o := done(); o.Acknowledge || a.Applied().Count != 1 {
		t.Errorf("a small chunk: %+v", o)
	}
	take(a, feed(1, 1, 2, true))
	if o := done(); !o.Acknowledge {
		t.Errorf("the end of a feed: %+v", o)
	}
	if o := take(a, position(1, 2, 7, 7)); !o.Acknowledge || a.Applied().Seq != 7 {
		t.Errorf("a position: %+v, %+v", o, a.Applied())
	}
	for i, want := range []bool{false, true, false} { // after 100 bytes of 400/4
		a.Chunk(cast(uint64(2+i), uint64(8+i), true), make([]byte, []int{99, 1, 99}[i]))
		if o := done(); o.Acknowledge != want {
			t.Errorf("chunk %d of the multicast: %+v", i, o)
		}
	}
	take(a, cast(5, 11, true), cast(6, 12, true))
	take(a, position(1, 2, 7, 12))
	if got := a.Applied().Seq; got != 10 {
		t.Errorf("%d chunks of the multicast are acknowledged, 10 are applied", got)
	}
	done()
	if got := a.Applied().Seq; got != 11 {
		t.Errorf("%d chunks of the multicast are acknowledged, 11 are applied", got)
	}
}

// Outcomes report a change only if the Machine has to know of it.
func TestChanges(t *testing.T) {
	a := newAssembly()
	for i, c := range []struct {
		m       protocol.Message
		changed bool
	}{
		{feed(1, 1, 1, false), true}, // a feed begins
		{feed(1, 1, 2, false), false},
		{feed(1, 1, 3, true), true},
		{position(1, 3, 7, 7), false},
		{cast(2, 8, false), true},
		{cast(2, 9, false), false},
		{cast(2, 10, true), true},
		{position(1, 4, 7, 10), true},
		{position(1, 4, 7, 10), false},
	} {
		if o := take(a, c.m); o.Changed != c.changed {
			t.Errorf("message %d: changed %v, want %v", i, o.Changed, c.changed)
		}
	}
}

func TestAllowance(t *testing.T) {
	var a Allowance
	takes := func(count uint64, want bool) {
		t.Helper()
		if got, ok := a.Take(); ok != want || got != count || a.Blocked() == want || a.Sent() != count {
			t.Errorf("chunk %d, %v, blocked %v, sent %d; want chunk %d, %v", got, ok, a.Blocked(), a.Sent(), count, want)
		}
	}
	takes(0, false)
	a.GiveUp()
	if a.Blocked() {
		t.Error("a chunk that was given up waits")
	}
	if !a.Allow(2, false) || a.Allow(2, false) || a.Allow(1, false) {
		t.Error("the limit rises to 2 once")
	}
	takes(1, true)
	takes(2, true)
	takes(2, false)
	if !a.Allow(1, true) || a.Sent() != 0 {
		t.Error("a fresh limit does not restart the count")
	}
	takes(1, true)
	takes(1, false)
	if a.Allow(0, true) {
		t.Error("a fresh limit of 0 rises")
	}
}

func TestDefaultBeat(t *testing.T) {
	if b := New(Config{}).c.Beat; b != 250*time.Millisecond {
		t.Errorf("%s", b)
	}
}
