package session

import (
	"slices"

	"braid/protocol"
)

// lacking reports whether parameters have to be requested: none arrived yet, some were lost, or an order has waited too
// long for its version.
func (m *Machine) lacking() bool {
	none := m.received.Progress.Feed == m.welcome.Feed
	return m.received.Lost || none || m.pending != nil && m.now-m.partAt >= m.c.Beat*starveBeats
}

func (m *Machine) ask() {
	m.askedAt = m.now
	m.send(&protocol.Ask{Term: m.term, Progress: m.received.Progress})
}

// look compares Local with that of the last call, and follows up on what has changed: an order is handed over when its
// version is complete, and forgotten when the coordinator gives it to other workers.
func (m *Machine) look() {
	r := m.Local.Received
	if m.Local.Applied != m.before {
		m.before, m.partAt = m.Local.Applied, m.now
	}
	if m.state != ready || r == m.received || r.Term != m.term || session(r.Progress.Feed) != session(m.welcome.Feed) {
		return
	}
	lost, began := r.Lost && !m.received.Lost, r.Progress.Feed != m.received.Progress.Feed
	dropped := r.Left != m.received.Left
	m.received, m.partAt, m.heard = r, m.now, m.now
	if lost && m.now-m.askedAt >= m.c.Beat*askBeats {
		m.ask()
	}
	if began || r.Lost || m.pending != nil && m.pending.Version < r.Newest {
		m.pending, dropped = nil, true
	}
	if dropped {
		m.keepPending()
	}
	if o := m.pending; o != nil && o.Version == r.Version {
		m.pending = nil
		m.out = append(m.out, Compute{*o})
	}
	m.leaveIfDrained()
}

// session is the part of a feed's number that a Welcome assigns.
func session(feed uint64) uint64 { return feed >> protocol.FeedBits }

// keepPending forgets the orders that were handed over: the Assembly has dropped them.
func (m *Machine) keepPending() {
	m.active = m.active[:0]
	if m.pending != nil {
		numbers, _ := protocol.Numbers(m.pending.Nodes, len(m.pending.Nodes)/4) // ordered has read them before
		m.active = append(m.active, numbers...)
	}
}

// ordered handles an order of a newer round, or more numbers of the current one.
func (m *Machine) ordered(o *protocol.Order) {
	if m.state != ready || o.Term != m.term || o.Round < m.round || o.Version < m.received.Newest {
		return
	}
	m.heard = m.now
	numbers, err := protocol.Numbers(o.Nodes, len(o.Nodes)/4)
	if err != nil {
		m.warn("an order of round %d cannot be read: %v", o.Round, err)
		return
	}
	if o.Round > m.round {
		if len(m.active) > 0 {
			m.out = append(m.out, Cancel{})
		}
		m.round, m.active, m.pending = o.Round, m.active[:0], nil
	}
	var fresh []uint32
	for _, n := range numbers {
		if !slices.Contains(m.active, n) {
			m.active, fresh = append(m.active, n), append(fresh, n)
		}
	}
	if len(fresh) == 0 {
		return
	}
	c := *o
	c.Nodes = protocol.AppendNumbers(nil, fresh)
	if o.Version == m.received.Version && o.Version > 0 {
		m.out = append(m.out, Compute{c})
		return
	}
	if m.pending != nil {
		c.Nodes = append(m.pending.Nodes, c.Nodes...)
	} else {
		m.partAt = m.now // the version may still arrive
	}
	m.pending = &c
}
