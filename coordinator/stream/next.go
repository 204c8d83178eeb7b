package stream

import (
	"time"

	"braid/protocol"
)

// Next returns the next chunk to send: positions first, then the multicast, then feeds in turn. If ok is false, there
// is none.
func (m *Machine) Next(now time.Duration) (c Chunk, ok bool) {
	m.now = now
	m.join()
	for _, r := range m.receivers {
		if r.position {
			r.position, r.positioned = false, now
			return Chunk{Worker: r.name, Header: &protocol.Position{Term: m.c.Term, Feed: r.feed, Count: r.feeding.sent,
				Joined: r.joined, Since: r.since, Seq: m.seq}}, true
		}
	}
	if !m.readable {
		return c, false
	}
	if m.casting {
		if c, ok = m.multicast(); ok {
			return c, true
		}
	}
	for range m.receivers {
		r := m.receivers[m.turn%len(m.receivers)]
		m.turn = (m.turn + 1) % len(m.receivers)
		if c, ok = m.feed(r); ok {
			return c, true
		}
	}
	return c, false
}

// multicast returns the next chunk of the version.
func (m *Machine) multicast() (c Chunk, ok bool) {
	end, bytes := m.castAt, int64(0)
	for ; end < len(m.cast); end++ {
		size := m.layout.bytes(m.cast[end], m.delta)
		if end > m.castAt && bytes+size > int64(m.c.Chunk) {
			break
		}
		bytes += size
	}
	if m.blocked(bytes) {
		return c, false
	}
	m.seq++
	for _, r := range m.receivers {
		if r.joined {
			r.casting.send(m.now, bytes, nil)
		}
	}
	last := end == len(m.cast)
	c = Chunk{Items: m.cast[m.castAt:end], Delta: m.delta,
		Header: &protocol.Params{Term: m.c.Term, Version: m.version, Count: m.seq, Last: last, Delta: m.delta}}
	if m.castAt = end; last {
		m.casting = false
		m.history.end(m.seq)
	}
	return c, true
}

// blocked reports whether a window is full, and records for how long most other workers have had nearly everything.
// With links of equal speed that is rare, because the windows fill and empty together.
func (m *Machine) blocked(bytes int64) bool {
	joined, blocking, waiting := 0, 0, 0
	for _, r := range m.receivers {
		if !r.joined {
			continue
		}
		if r.blocks && m.unfair {
			r.heldUp += m.now - m.blockedAt
		}
		joined++
		if r.blocks = !r.casting.open(bytes); r.blocks {
			blocking++
		} else if 4*r.casting.unacked <= r.casting.limit {
			waiting++
		}
	}
	m.unfair, m.blockedAt = blocking > 0 && 2*waiting >= joined, m.now
	return blocking > 0
}

// holdsFeed reports whether a worker's feed has to wait until the multicast of the version is sent. An increment must
// not be added to a value that includes it. The last chunk of a feed completes the parameters, so it must follow the
// multicast.
func (m *Machine) holdsFeed(r *receiver) bool {
	return m.delta || r.lacks.n == 1 || r.lacks.bytes <= int64(m.c.Chunk)
}

// feed returns the next chunk of a feed.
func (m *Machine) feed(r *receiver) (c Chunk, ok bool) {
	if r.complete || r.joined && m.casting && m.holdsFeed(r) || !r.feeding.open(min(r.lacks.bytes, int64(m.c.Chunk))) {
		return c, false
	}
	items, bytes := r.lacks.take(r.next, int64(m.c.Chunk))
	if n := len(items); n > 0 {
		r.next = (items[n-1] + 1) % uint32(m.layout.items())
	}
	if r.complete = r.lacks.n == 0; r.complete && r.joined {
		r.needs = m.seq
	}
	r.feeding.send(m.now, bytes, items)
	header := &protocol.Params{Term: m.c.Term, Version: m.version, Feed: r.feed, Count: r.feeding.sent, Last: r.complete}
	return Chunk{Worker: r.name, Items: items, Header: header}, true
}
