package dispatch

import (
	"fmt"
	"time"

	"braid/protocol"
)

// member is a worker that was let in.
type member struct {
	id, session string
	name, at    string // for people: name has host and process, at is both alone
	seq         uint64 // counts those that joined
	threads     int
	since       time.Duration // when it joined

	spoke, ready, fed, draining, suspect, gone bool
	rival                                      *protocol.Hello // of another process with its id, until it is known whether this one lives

	entered  bool              // it could be given units once
	version  uint64            // of the parameters it said to hold
	progress protocol.Progress // with those that it receives

	before, after *member // in silence

	heard  time.Duration // when it last spoke
	nudged time.Duration // when it was last nudged, since it last spoke

	consumed, limit uint64 // chunks: arrived or lost, and allowed in all; consumed <= limit

	excused    time.Duration // until then it is not asked to compute once more for an audit
	lateAudits uint          // how many it was late with in a row

	work     // its part in the round
	standing // across rounds
}

// able says that the member can be given units.
func (m *member) able() bool { return m.ready && m.fed && !m.draining && !m.suspect && !m.gone }

func (m *Machine) find(id string) *member { return m.byID[id] }

// changed keeps the list of those that can be given units. Call it after a change of what able reads.
func (m *Machine) changed(w *member) {
	able, serves := w.able(), w.serves()
	m.able.set(w, able)
	m.serving.set(w, serves)
	m.probation.set(w, able && !serves)
}

// Workers is how many members can be given work.
func (m *Machine) Workers() int { return len(m.able) }

// Members is how many are in, able or not.
func (m *Machine) Members() int { return len(m.members) }

// beat notes a sign of life and what it tells.
func (m *Machine) beat(w *member, b *protocol.Beat) {
	m.keep(w)
	if b.Job != "" && !w.ready {
		if b.Job != m.c.Job {
			m.refuse(w.id, w.session, w.name, fmt.Sprintf("it computed job hash %.12s, the run's is %.12s: install the same release of Braid on both", b.Job, m.c.Job))
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
		m.say("%s drains: it finishes what it has and leaves", w.name)
	}
	if b.Blocked {
		m.credit(w, true) // the Credit may have been lost
	}
	m.remind(w, b)
}

// remind sends an order again to a member that does not work on what it owes: the order,
// or an answer, was lost on the way.
func (m *Machine) remind(w *member, b *protocol.Beat) {
	if m.round == nil || b.Round == m.round.Number && (b.Owed > 0 || b.Blocked) {
		return
	}
	m.remindChecks(w)
	if w.owes == 0 || m.now-w.answer < m.c.Beat*2 {
		return
	}
	m.Counters.Resent++
	owed := m.round.owed(w)
	m.say("%s: sending %s to %s again, which does not work on it", m.round.name(), m.round.describeUnits(owed), w.name)
	w.answer = m.now // and not ordered: it is no reason for more time
	m.sendOrder(w, m.round.numbers(owed))
}

// window is how many chunks a member may have on the way, so that those of all fit the
// pending limits of the subscription several times.
func (m *Machine) window() uint64 {
	return uint64(min(64, max(2, 512/max(1, len(m.able)))))
}

// consume notes that a member's chunks up to a count have arrived or are lost. A count that it was
// not allowed to reach is of an earlier session under this name.
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

// remove forgets a member; the caller sees to what it owed (cover).
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

// lose forgets a member that is gone and gives what it owed to others.
func (m *Machine) lose(w *member, why string) {
	if w.owes > 0 {
		m.Counters.Lost++
	}
	m.remove(w)
	m.warn("%s is gone: %s; %d in the fleet", w.name, why, m.Workers())
	if w.rival != nil {
		m.hello(w.id, w.rival)
	}
	m.cover()
}

// Asked says whether a worker was ordered this very node or unit in the current round:
// nothing else is worth any memory.
func (m *Machine) Asked(worker string, round uint64, number uint32) bool {
	if m.round == nil || m.round.Number != round {
		return false
	}
	w := m.find(worker)
	return w != nil && w.asked.has(number)
}
