package dispatch

import (
	"time"

	"braid/protocol"
)

// Whether a worker has its parameters is found by package stream, which sends them; the machine gives
// units only to those that have.

// caught is a member that holds all parameters and gets every change.
func (m *Machine) caught(w *member) {
	if !w.fed {
		w.fed = true
		m.enter(w)
	}
}

// enter has a member that is able now take part.
func (m *Machine) enter(w *member) {
	m.changed(w)
	if !w.able() {
		return
	}
	m.nextProbes = min(m.nextProbes, m.now)
	if !w.entered {
		w.entered = true
		m.say("%s is ready (%d threads), %d in the fleet", w.name, w.threads, m.Workers())
	}
	m.cover()
}

// behind gives what a member owes to others: it has dropped its work.
func (m *Machine) behind(w *member, why string) {
	if !w.fed {
		return
	}
	w.fed = false
	m.changed(w)
	if m.round != nil {
		m.round.release(w)
	}
	m.say("%s gets parameters anew: %s", w.name, why)
	m.cover()
}

// advance notes which version a member holds. While it receives the round's, progress is progress:
// the time to compute begins when it holds that. A member has twice the time of the fastest one: what
// is slower is the member's own link, and others do not wait for that.
func (m *Machine) advance(w *member, version uint64, p protocol.Progress) {
	if w.version == m.version {
		return
	}
	progress := p != w.progress || version != w.version
	w.version, w.progress = version, p
	r := m.round
	if r == nil || r.finished {
		return
	}
	since := m.now - r.begun
	if progress && (!r.arrived || since <= 2*r.arrival) {
		m.receiving(w)
	}
	if version == m.version {
		r.arrive(since)
	}
}

// arrive notes how long after the round's begin the first member held its version.
func (r *round) arrive(since time.Duration) {
	if !r.arrived {
		r.arrived, r.arrival = true, since
	}
}

// receiving notes that parameters are still arriving at a member: it is not late by its own fault.
func (m *Machine) receiving(w *member) {
	if w.owes > 0 && !w.late {
		w.ordered, w.answer = m.now, m.now
	}
	if w.probe.round != 0 {
		w.probe.at = m.now
	}
}

// joiningBeats is silentBeats for a member that fetches data or receives its first parameters: its host and its
// link are busy with that, and nobody waits for it.
const joiningBeats = 3 * silentBeats

// patience is how long a member may be silent before what it owes is given to others.
func (m *Machine) patience(w *member) time.Duration {
	if !w.entered {
		return m.c.Beat * joiningBeats
	}
	return m.c.Beat * silentBeats
}
