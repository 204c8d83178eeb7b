package dispatch

import (
	"cmp"
	"slices"
	"time"
)

// startProbes orders duplicates from members on probation, at the begin of a round and later in a long one. A probe
// costs one order and one answer that is usually dropped. With n members in service, at most 2 + n/4 probes start in a
// fifth of a beat, and at most one a round for each member.
func (m *Machine) startProbes() {
	r := m.round
	if m.now < m.nextProbes || r == nil || r.finished || !r.running || r.left == 0 {
		return
	}
	var due []*member
	m.nextProbes = m.now + m.c.Beat*forgetBeats
	for _, w := range m.probation {
		switch {
		case w.probe.round != 0 || w.in:
		case w.next > m.now:
			m.nextProbes = min(m.nextProbes, w.next)
			continue
		default:
			due = append(due, w)
			continue
		}
		m.nextProbes = min(m.nextProbes, m.now+m.c.Beat/5)
	}
	slices.SortStableFunc(due, func(a, b *member) int { return cmp.Compare(a.next, b.next) })
	if limit := 2 + len(m.serving)/4; len(due) > limit {
		due, m.nextProbes = due[:limit], m.now+m.c.Beat/5
	}
	for _, w := range due {
		m.startProbe(w)
	}
}

// startProbe orders a duplicate of one unit.
func (m *Machine) startProbe(w *member) {
	r := m.round
	for i := range r.units() {
		u := (int(m.Counters.Probes) + i) % r.units()
		numbers := r.numbers([]int{u})
		if r.done[u] || r.checkOf(numbers[0]) != nil {
			continue
		}
		m.Counters.Probes++
		w.probe = probe{round: r.Number, number: numbers[0], kind: r.kind(), at: m.now}
		w.next = m.now + m.pause(w)
		m.probing = append(m.probing, w)
		m.sendOrder(w, numbers)
		return
	}
}

// late handles the end of an answer that is not needed any more, which may be that to a probe.
func (m *Machine) late(w *member, round uint64, number uint32, nanos int64) {
	if !m.Asked(w.id, round, number) {
		m.Counters.Late++
		m.probed(w, round, uint64(number), time.Duration(nanos))
	}
}

// probed handles the answer to a probe, which may be of an earlier round.
func (m *Machine) probed(w *member, round, number uint64, took time.Duration) {
	p := w.probe
	if p.round == 0 || round != p.round || number != uint64(p.number) {
		return
	}
	w.probe = probe{}
	wall := m.now - p.at
	m.learn(w, p.kind, 1, wall, took)
	if wall > m.allowed(w, p.kind, 1) {
		m.miss(w, "answered a duplicate late")
		return
	}
	m.prove(w)
}

// tickProbes handles probes without an answer.
func (m *Machine) tickProbes() {
	m.probing = slices.DeleteFunc(m.probing, func(w *member) bool {
		p := w.probe
		if w.gone || p.round == 0 {
			return true
		}
		if m.now-p.at < m.allowed(w, p.kind, 1) {
			return false
		}
		w.probe = probe{}
		m.miss(w, "did not answer a duplicate")
		return true
	})
}
