package stream

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"braid/protocol"

	"pgregory.net/rapid"
)

const first = 1 << protocol.FeedBits

// play sends all that may be sent, and has every worker but the silent ones acknowledge it at once.
func play(m *Machine, now time.Duration, mute ...string) (sent []string) {
	count := map[string]*protocol.Progress{}
	for range 1000 {
		c, ok := m.Next(now)
		if !ok {
			break
		}
		switch h := c.Header.(type) {
		case *protocol.Params:
			sent = append(sent, fmt.Sprintf("%s:%v", c.Worker, c.Items))
		case *protocol.Position:
			_ = h
		}
		for _, r := range slices.Clone(m.receivers) {
			if slices.Contains(mute, r.name) {
				continue
			}
			if count[r.name] == nil {
				count[r.name] = &protocol.Progress{}
			}
			m.acknowledge(now, r.name, protocol.Progress{Feed: r.feed, Count: r.feeding.sent, Seq: r.casting.sent,
				Listening: r.listen})
		}
	}
	return sent
}

func caught(m *Machine) (names []string) {
	for _, r := range m.receivers {
		if r.caught {
			names = append(names, r.name)
		}
	}
	return names
}

func newMachine(items, chunk int) *Machine {
	return New(Config{Term: 1, Groups: []Group{{Items: items, Bytes: 100, Delta: 50}}, Chunk: chunk,
		Beat: 250 * time.Millisecond})
}

func numbers(n int) (items []uint32) {
	for i := range n {
		items = append(items, uint32(i))
	}
	return items
}

// A worker that joins gets everything by its feed, then what changes by the multicast, once for all.
func TestJoinsByFeedAndStaysByMulticast(t *testing.T) {
	m := newMachine(4, 200)
	m.Begin(0, Change{Items: numbers(4)})
	for i, name := range []string{"a", "b"} {
		m.ask(0, name, protocol.Progress{Feed: uint64(i+1) << protocol.FeedBits})
	}
	if sent := play(m, 0); len(sent) != 4 {
		t.Errorf("sent %v", sent)
	}
	if got := caught(m); len(got) != 2 {
		t.Fatalf("caught up: %v", got)
	}
	m.Release()
	m.Begin(time.Second, Change{Items: []uint32{1, 3}})
	if sent := play(m, time.Second); !slices.Equal(sent, []string{":[1 3]"}) {
		t.Errorf("sent %v", sent)
	}
}

// Nothing is read outside of a call; a worker that lost a chunk gets what it did not acknowledge.
func TestLostChunkIsSentAgainAlone(t *testing.T) {
	m := newMachine(4, 400)
	m.ask(0, "a", protocol.Progress{Feed: first})
	m.Begin(0, Change{Items: numbers(4)})
	play(m, 0)
	m.Release()
	m.Begin(1, Change{Items: []uint32{2}})
	if _, ok := m.Next(1); !ok {
		t.Fatal("nothing is sent")
	}
	m.Release()
	m.ask(2, "a", protocol.Progress{Feed: first + 1, Count: 1, Listening: true})
	if got := caught(m); len(got) != 0 {
		t.Errorf("it lost a chunk and is called whole: %v", got)
	}
	if sent := play(m, 2); len(sent) != 0 {
		t.Errorf("sent outside of a call: %v", sent)
	}
	m.Begin(3, Change{})
	if sent := play(m, 3); !slices.Equal(sent, []string{"a:[2]"}) {
		t.Errorf("sent %v", sent)
	}
	if got := caught(m); !slices.Equal(got, []string{"a"}) {
		t.Errorf("caught up: %v", got)
	}
}

// A worker that does not receive holds up the multicast for some time, and then leaves it.
func TestSlowWorkerLeavesTheMulticast(t *testing.T) {
	const items = 200
	m := newMachine(items, 100)
	for i, name := range []string{"a", "b", "slow"} {
		m.ask(0, name, protocol.Progress{Feed: uint64(i+1) << protocol.FeedBits})
	}
	m.Begin(0, Change{Items: numbers(items)})
	play(m, 0)
	if got := caught(m); len(got) != 3 {
		t.Fatalf("caught up: %v", got)
	}
	m.Release()
	m.Begin(0, Change{Items: numbers(items)})
	sent, now := 0, time.Duration(0)
	for ; now < 5*time.Second && sent < items; now += 50 * time.Millisecond {
		for _, s := range play(m, now, "slow") {
			if s[0] == ':' {
				sent++
			}
		}
		m.Tick(now)
	}
	if sent != items || now > time.Second || m.Counters.Lagged != 1 {
		t.Errorf("%d of %d chunks after %v, %d workers lagged", sent, items, now, m.Counters.Lagged)
	}
}

// The bytes in flight stay below the largest window for any sequence of published versions.
func TestWindowIsABound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWindow(100)
		now, count := time.Duration(0), uint64(0)
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			now += time.Duration(rapid.IntRange(0, 900).Draw(t, "ms")) * time.Millisecond
			if bytes := int64(rapid.IntRange(1, 100).Draw(t, "bytes")); w.open(bytes) {
				w.send(now, bytes, nil)
				count++
			} else {
				w.ack(now, uint64(rapid.IntRange(0, int(count)+3).Draw(t, "ack")))
			}
			var sum int64
			for _, f := range w.out {
				sum += f.bytes
			}
			if sum != w.unacked || sum > maxWindow*100 || w.limit < minWindow*100 || w.acked > w.sent || w.sent != count {
				t.Fatalf("%d bytes are under way, %+v", sum, w)
			}
		}
	})
}

// A set gives all of its items once, ascending in every chunk.
func TestSetGivesAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLayout([]Group{{Items: 70, Bytes: 3}, {}, {Items: 80, Bytes: 5}})
		s := newSet(&l)
		if rapid.Bool().Draw(t, "full") {
			s.fill()
		}
		s.add(rapid.SliceOf(rapid.Uint32Range(0, 149)).Draw(t, "add"))
		s.remove(rapid.SliceOf(rapid.Uint32Range(0, 149)).Draw(t, "remove"))
		want, bytes, from := s.n, s.bytes, rapid.Uint32Range(0, 149).Draw(t, "from")
		got := map[uint32]bool{}
		var sum int64
		for s.n > 0 {
			items, b := s.take(from, 40)
			if len(items) == 0 || !slices.IsSorted(items) || b > 40 {
				t.Fatalf("takes %v, %d bytes", items, b)
			}
			for _, i := range items {
				got[i] = true
			}
			sum += b
			from = (items[len(items)-1] + 1) % 150
		}
		if len(got) != want || sum != bytes || s.bytes != 0 {
			t.Fatalf("%d of %d items, %d of %d bytes, %d left", len(got), want, sum, bytes, s.bytes)
		}
	})
}

// A version has a base only if the workers that hold the one before can have it: a term's first has none, and one of
// which it is not known what differs has none.
func TestVersionAndItsBase(t *testing.T) {
	m := newMachine(4, 1000)
	m.ask(0, "a", protocol.Progress{Feed: first})
	for i, c := range []struct {
		change  Change
		version uint64
		items   int // in the multicast, once the worker is there
		delta   bool
	}{
		{Change{}, 1, 0, false}, // by its feed
		{Change{}, 1, 0, false},
		{Change{Items: []uint32{1, 2}}, 2, 2, false},
		{Change{Items: []uint32{1, 2}, Delta: true}, 3, 2, true},
		{Change{}, 3, 0, false},
		{Change{All: true, Items: []uint32{1}, Delta: true}, 4, 4, false},
	} {
		if v := m.Begin(time.Duration(i), c.change); v != c.version {
			t.Errorf("%d: version %d, want %d", i, v, c.version)
		}
		if n := len(m.cast) - m.castAt; m.casting && (n != c.items || m.delta != c.delta) || !m.casting && c.items > 0 {
			t.Errorf("%d: multicast of %d items, increments %v", i, n, m.delta)
		}
		play(m, time.Duration(i))
		m.Release()
	}
}

// joining is a machine whose worker a lacks all of four items, joins the multicast with the second version, and is sent
// item 1 by it.
func joining(listening bool) (*Machine, *receiver) {
	m := newMachine(4, 400)
	m.ask(0, "a", protocol.Progress{Feed: first})
	m.Begin(0, Change{Items: numbers(4)})
	r := m.byName["a"]
	r.listen, r.listening = true, listening
	m.Begin(1, Change{Items: []uint32{1}})
	return m, r
}

// A worker is not in the multicast before it listens.
func TestJoinsWhenItListens(t *testing.T) {
	if _, r := joining(false); r.joined {
		t.Error("joined and does not listen")
	}
	if _, r := joining(true); !r.joined {
		t.Error("listens and has not joined")
	}
}

// The last chunk of a feed completes the parameters, so that it follows the multicast of their version.
func TestFeedEndsAfterTheMulticast(t *testing.T) {
	m, r := joining(true)
	if c, ok := m.feed(r); ok {
		t.Fatalf("the feed %v comes before the multicast", c.Items)
	}
	for i, want := range []string{"a:[]", ":[1]", "a:[0 2 3]"} {
		c, ok := m.Next(2)
		if got := fmt.Sprintf("%s:%v", c.Worker, c.Items); !ok || got != want {
			t.Errorf("chunk %d is %s, want %s", i, got, want)
		}
	}
}

// A worker has caught up only if the multicast that was sent before the end of its feed has arrived, too.
func TestCaughtUpWithTheMulticast(t *testing.T) {
	m, r := joining(true)
	for range 3 {
		m.Next(2)
	}
	m.acknowledge(3, "a", protocol.Progress{Feed: r.feed, Count: 1, Listening: true})
	if got := caught(m); len(got) > 0 {
		t.Errorf("%v has caught up without the multicast", got)
	}
	m.acknowledge(4, "a", protocol.Progress{Feed: r.feed, Count: 1, Seq: 1, Listening: true})
	if got := caught(m); len(got) != 1 {
		t.Error("it has not caught up with everything")
	}
}

// Messages of another term are ignored.
func TestStreamIgnoresOtherTerms(t *testing.T) {
	for _, term := range []uint64{1, 2} {
		m := newMachine(4, 400)
		m.Begin(0, Change{})
		m.Receive(0, "a", &protocol.Ask{Term: term, Progress: protocol.Progress{Feed: first}})
		if _, ok := m.Next(0); ok != (term == 1) {
			t.Errorf("an Ask of term %d is answered: %v", term, ok)
		}
	}
}
