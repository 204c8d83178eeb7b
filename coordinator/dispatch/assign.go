package dispatch

import (
	"slices"
	"time"
)

// cover gives every unit that is not done and that no able member owes in time to
// somebody.
func (m *Machine) cover() {
	r := m.round
	if r == nil || r.left == 0 || r.finished || !r.loose {
		return
	}
	able := m.able
	if !m.started && len(able) < m.c.MinWorkers || len(able) == 0 {
		return // Tick reports the wait
	}
	m.started = true
	open := m.open()
	r.loose = false
	if len(open) == 0 {
		return
	}
	if !r.running {
		r.running = true
		m.spread(open, able)
		return
	}
	// Those that have nothing to do come first; if all are busy, all take a part.
	free := slices.DeleteFunc(slices.Clone(able), func(w *member) bool { return w.owes > 0 })
	if len(free) > 0 {
		able = free
	}
	m.Counters.Moved += uint64(len(open))
	m.spread(open, able)
	m.say("%s: %s given to %s", r.name(), r.units(open), names(able))
}

// open are the units that are not done, in no check, and owed by no able member in time.
func (m *Machine) open() []int {
	checked := make([]bool, m.round.Units)
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

// inTime says that what the member owes is worth waiting for.
func inTime(w *member) bool { return !w.suspect && !w.late }

// loosen notes that what a member owes is not.
func (m *Machine) loosen(w *member) {
	if m.round != nil && w.owes > 0 {
		m.round.loose = true
	}
}

// spread gives each member a run of the units, long in proportion to its speed.
func (m *Machine) spread(units []int, able []*member) {
	if len(units) < len(able) {
		// Not the same ones every round.
		k := int(m.round.Number) % len(able)
		able = append(slices.Clone(able[k:]), able[:k]...)
		able = able[:len(units)]
	}
	at := 0
	for i, n := range shares(len(units), able) {
		if n > 0 {
			m.order(able[i], units[at:at+n])
		}
		at += n
	}
}

// shares cuts n units in proportion to speed. Members whose speeds differ by less than
// half get equal shares: noise would only cut the tree into more nodes. Everyone gets at
// least one, so that one that recovers is seen to.
func shares(n int, able []*member) []int {
	w := len(able)
	out := make([]int, w)
	slowest, fastest := time.Duration(0), time.Duration(0)
	for _, a := range able {
		if a.perUnit == 0 {
			slowest, fastest = 0, 0
			break
		}
		slowest = max(slowest, a.perUnit)
		if fastest == 0 || a.perUnit < fastest {
			fastest = a.perUnit
		}
	}
	if slowest <= fastest*3/2 {
		for i := range out {
			out[i] = (i+1)*n/w - i*n/w
		}
		return out
	}
	// One unit at a time to whoever would finish it first.
	for i := range out {
		out[i] = 1
	}
	for range n - w {
		best := 0
		for i, a := range able {
			if time.Duration(out[i]+1)*a.perUnit < time.Duration(out[best]+1)*able[best].perUnit {
				best = i
			}
		}
		out[best]++
	}
	return out
}

func names(members []*member) string {
	s := ""
	for i, w := range members {
		if i > 0 {
			s += ", "
		}
		s += w.name
	}
	return s
}
