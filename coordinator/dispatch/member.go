package dispatch

import (
	"fmt"
	"time"

	"braid/protocol"
)

// member is a worker that was admitted.
type member struct {
	id, session string
	name, at    string // for people: name has host and process, at is both alone
	seq         uint64 // counts those that joined
	threads     int
	since       time.Duration // when it joined

	spoke, ready, fed, draining, suspect, gone bool
	rival                                      *protocol.Hello // of another process with its id, while it waits

	entered  bool              // it was able at some time
	version  uint64            // of the parameters that it holds, as it reported
	progress protocol.Progress // of the parameters that it receives, as it reported

	before, after *member // in silence

	heard  time.Duration // when its last message arrived
	nudged time.Duration // when it was last sent a Nudge, 0: not since its last message

	consumed, limit uint64 // chunks: arrived or lost, and allowed in all; consumed <= limit

	excused    time.Duration // until then it is not asked for audits
	lateAudits uint          // how many it was late with in a row

	work     // its part in the round
	standing // across rounds
}

// able reports whether the member can be given units.
func (m *member) able() bool { return m.ready && m.fed && !m.draining && !m.suspect && !m.gone }

func (m *Machine) find(id string) *member { return m.byID[id] }

// changed updates the rosters. Call it after every change that able or serves depend on.
func (m *Machine) changed(w *member) {
	able, serves := w.able(), w.serves()
	m.able.set(w, able)
	m.serving.set(w, serves)
	m.probation.set(w, able && !serves)
}

// Workers returns the number of able members.
func (m *Machine) Workers() int { return len(m.able) }

// Members returns the number of members.
func (m *Machine) Members() int { return len(m.members) }

// beat handles a heartbeat.
func (m *Machine) beat(w *member, b *protocol.Beat) {
	m.keep(w)
	if b.Job != "" && !w.ready {
		if b.Job != m.c.Job {
			m.refuse(w.id, w.session, w.name, fmt.Sprintf("it computed job hash %.12s, the run's is %.12s: "+
				"install the same release of Braid on both", b.Job, m.c.Job))
			m.remove(w)
			return
		}
		w.ready, w.next = true, m.now
		m.joining.set(w, false)
		m.nextProbes = min(m.nextProbes, m.now)
		m.enter(w)
	}
	m.advance(w, b.Version, b.Progress)
	if b.Draining && !w.draining {
		w.draining = true
		m.changed(w)
		m.say("%s drains: it finishes its orders and leaves", w.name)
	}
	if b.Blocked {
		m.credit(w, true) // the Credit may have been lost
	}
	m.remind(w, b)
}

// remind repeats the order of a member that does not work on its units: the order, or an answer, was lost.
func (m *Machine) remind(w *member, b *protocol.Beat) {
	if m.round == nil || b.Round == m.round.Number && (b.Owed > 0 || b.Blocked) {
		return
	}
	m.remindChecks(w)
	if w.owes == 0 || m.now-w.answer < m.c.Beat*2 {
		return
	}
	m.Counters.Resent++
	owed := m.round.unanswered(w)
	m.say("%s: sending %s to %s again, which does not work on it", m.round.name(), m.round.describeUnits(owed), w.name)
	w.answer = m.now // ordered stays: the deadline is not extended
	m.sendOrder(w, m.round.numbers(owed))
}

// window is how many chunks of a member may be in flight, so that those of all members fit the limits of the
// subscription several times.
func (m *Machine) window() uint64 {
	return uint64(min(64, max(2, 512/max(1, len(m.able)))))
}

// consume notes that a member's chunks up to a count have arrived or are lost. A count above the limit is of an earlier
// session under this name.
func (m *Machine) consume(w *member, count uint64) {
	if count > w.consumed && count <= w.limit {
		w.consumed = count
		m.credit(w, false)
	}
}

// credit allows further chunks once half of the window is used.
func (m *Machine) credit(w *member, now bool) {
	if limit := w.consumed + m.window(); now || limit >= w.limit+m.window()/2 {
		w.limit = max(w.limit, limit)
		m.send(w, &protocol.Credit{Term: m.c.Term, Limit: w.limit}, false)
	}
}

// remove removes a member. The caller must assign its units to others (cover).
func (m *Machine) remove(w *member) {
	w.gone = true
	m.out = append(m.out, Remove{Worker: w.id, Session: w.session})
	m.members.set(w, false)
	m.joining.set(w, false)
	m.changed(w)
	m.silence.remove(w)
	if m.byID[w.id] == w {
		delete(m.byID, w.id)
	}
	if m.round != nil {
		m.round.release(w)
	}
}

// lose removes a member that has left without a Leave, and assigns its units to others.
func (m *Machine) lose(w *member, why string) {
	if w.owes > 0 {
		m.Counters.Lost++
	}
	m.remove(w)
	m.warn("lost %s: %s; %d in the fleet", w.name, why, m.Workers())
	if w.rival != nil {
		m.hello(w.id, w.rival)
	}
	m.cover()
}

// Asked reports whether a worker was ordered this number in the current round. Other answers must not be stored.
func (m *Machine) Asked(worker string, round uint64, number uint32) bool {
	if m.round == nil || m.round.Number != round {
		return false
	}
	w := m.find(worker)
	return w != nil && w.asked.has(number)
}
