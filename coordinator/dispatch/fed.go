package dispatch

import (
	"time"

	"braid/protocol"
)

// Package stream knows which workers have their parameters. Only those can be given units.

// caught handles a member that holds all parameters and gets every change.
func (m *Machine) caught(w *member) {
	if !w.fed {
		w.fed = true
		m.enter(w)
	}
}

// enter includes a member that may have become able.
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

// behind assigns the units of a member to others: the member has dropped its orders.
func (m *Machine) behind(w *member, why string) {
	if !w.fed {
		return
	}
	w.fed = false
	m.changed(w)
	if m.round != nil {
		m.round.release(w)
	}
	m.say("%s is sent all missing parameters: %s", w.name, why)
	m.cover()
}

// advance notes the version that a member holds. While the member receives the version of the round, its deadline is
// extended: the time to compute begins when the member holds the version. The extension ends at twice the time of the
// fastest member, so that a slow link does not delay the round.
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

// arrive notes how long after the begin of the round the first member held its version.
func (r *round) arrive(since time.Duration) {
	if !r.arrived {
		r.arrived, r.arrival = true, since
	}
}

// receiving extends the deadlines of a member at which parameters are still arriving.
func (m *Machine) receiving(w *member) {
	if w.owes > 0 && !w.late {
		w.ordered, w.answer = m.now, m.now
	}
	if w.probe.round != 0 {
		w.probe.at = m.now
	}
}

// joiningBeats is silentBeats for a member that fetches data or receives its first parameters: its host and its link
// are busy, and no round waits for it.
const joiningBeats = 3 * silentBeats

// patience is how long a member may be silent before its units are assigned to others.
func (m *Machine) patience(w *member) time.Duration {
	if !w.entered {
		return m.c.Beat * joiningBeats
	}
	return m.c.Beat * silentBeats
}
