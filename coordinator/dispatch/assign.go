package dispatch

import (
	"slices"
	"time"
)

// cover assigns every unit that is not done and that no able member is computing in time.
func (m *Machine) cover() {
	r := m.round
	if r == nil || r.left == 0 || r.finished || !r.loose {
		return
	}
	if !m.started && len(m.able) < m.c.MinWorkers || len(m.able) == 0 {
		return // Tick reports the wait
	}
	m.started = true
	open := m.open()
	r.loose = false
	if len(open) == 0 {
		return
	}
	hands := m.hands()
	if !r.running {
		r.running = true
		m.spread(open, hands)
		return
	}
	// Idle members come first; if all are busy, all take a part.
	free := slices.DeleteFunc(slices.Clone(hands), func(w *member) bool { return w.owes > 0 })
	if len(free) > 0 {
		hands = free
	}
	m.Counters.Moved += uint64(len(open))
	hands = m.spread(open, hands)
	m.say("%s: %s given to %s", r.name(), r.describeUnits(open), names(hands))
}

// open lists the units that are not done, in no check, and assigned to no able member in time.
func (m *Machine) open() []int {
	checked := make([]bool, m.round.units())
	for _, c := range m.round.checks {
		lo, hi := m.round.span(c.number)
		for u := lo; u < hi; u++ {
			checked[u] = true
		}
	}
	var open []int
	for u, done := range m.round.done {
		if !done && !checked[u] && !slices.ContainsFunc(m.round.owners[u], inTime) {
			open = append(open, u)
		}
	}
	return open
}

// inTime reports whether the answers of the member are worth waiting for.
func inTime(w *member) bool { return !w.suspect && !w.late }

// loosen notes that the answers of a member are not worth waiting for.
func (m *Machine) loosen(w *member) {
	if m.round != nil && w.owes > 0 {
		m.round.loose = true
	}
}

// spread assigns consecutive units to each member and returns the members that got some. A member in service that gets
// none, because its share would cost more than it saves, is put on probation.
func (m *Machine) spread(units []int, hands []*member) (given []*member) {
	offers := m.offers(hands)
	shares, excess := shares(len(units), len(hands), offers, int(m.round.Number))
	at := 0
	for i, n := range shares {
		if n > 0 {
			m.order(hands[i], units[at:at+n])
			given = append(given, hands[i])
		}
		at += n
	}
	var slow []*member
	for _, i := range excess {
		if w := hands[i]; w.serves() && w.owes == 0 {
			slow = append(slow, w)
		}
	}
	for _, w := range slow { // hands may be the list of those in service
		m.demote(w, "would take longer for one "+m.round.noun()+" than the others for all")
	}
	return given
}

// offers estimates the time that units of the round would take each member; nil if a member has not been measured.
func (m *Machine) offers(hands []*member) []offer {
	kind := m.round.kind()
	offers := make([]offer, len(hands))
	slowest := time.Duration(0)
	for i, w := range hands {
		if w.latency.n == 0 {
			return nil
		}
		offers[i].each = w.perUnit[kind].typical()
		slowest = max(slowest, offers[i].each)
	}
	for i, w := range hands {
		o := &offers[i]
		switch {
		case o.each == 0 && slowest > 0:
			o.each = slowest // not measured in this kind of round
		case o.each == 0:
			o.each = w.perUnit.other(kind)
		}
		o.each = max(o.each, 1)
		o.first = w.latency.typical() + time.Duration(w.owes)*o.each
	}
	return offers
}

func names(members []*member) string {
	var names []string
	for _, w := range members {
		names = append(names, w.name)
	}
	return list(names, ", ")
}
