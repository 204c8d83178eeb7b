package dispatch

import (
	"slices"
	"time"

	"braid/protocol"
)

// standing is the reliability of a member, across rounds.
//
// A member in service is given shares. A member on probation is given probes only: duplicates of other members' units,
// for which no round waits.
//
//	new ──answer in time──▶ in service ◀──────needs() answers in time──────┐
//	 └─probe missed─┐           │ another member computed its late units   │
//	                ▼           │ its share costs more than it saves       │
//	            probation ◀─────┘ ──a probe after every pause()────────────┘
//
// Each probation raises the level, and with it the pause between probes and the number of answers in time that end the
// probation. Time in service lowers the level.
type standing struct {
	latency recent        // of an answer, without the computing
	perUnit times         // computing, by kind of round
	level   int           // of the back-off
	proofs  int           // answers in time since it was new or on probation
	benched bool          // the log has reported that it is given no shares
	served  time.Duration // when its service began, or its level fell
	debt    time.Duration // how long rounds waited for it alone, less the savings by its shares
	probe   probe         // not answered yet
	next    time.Duration // when a probe may begin
}

// times are times of a unit by kind of round.
type times [protocol.RoundKinds]recent

// other is a typical time of another kind of round than the given one; 0 if none was measured.
func (t *times) other(kind uint8) time.Duration {
	for k := range t {
		if d := t[k].typical(); k != int(kind) && d > 0 {
			return d
		}
	}
	return 0
}

// probe is a duplicate that was ordered from a member on probation.
type probe struct {
	round  uint64 // 0: none
	number uint32
	kind   uint8
	at     time.Duration
}

const (
	maxLevel  = 7                      // pauses: 1/4 beat, doubled by every level
	maxProofs = 4                      // answers in time that end the longest probation
	maxDebt   = 200 * time.Millisecond // short delays of an honest member are less
)

// needs is how many answers in time end the probation.
func (s *standing) needs() int { return min(max(1, s.level), maxProofs) }

// pause is the time between two probes of a member.
func (m *Machine) pause(w *member) time.Duration { return m.c.Beat / 4 << w.level }

// serves reports whether the member may be given shares.
func (m *member) serves() bool { return m.able() && m.proofs >= m.needs() }

// learn records the time of an answer: wall from the order to the answer, and within it compute, as the member
// reported.
func (m *Machine) learn(w *member, kind uint8, units int, wall, compute time.Duration) {
	if compute <= 0 || compute > wall {
		compute = wall
	}
	w.latency.add(wall - compute)
	w.perUnit[kind].add(compute / time.Duration(units))
}

// prove counts an answer in time.
func (m *Machine) prove(w *member) {
	if w.proofs++; w.proofs == w.needs() {
		w.served = m.now
	} else if w.level > 0 && w.serves() && m.now-w.served >= 4*m.pause(w) {
		w.level--
		w.served = m.now
	}
	m.changed(w)
}

// demote puts a member on probation.
func (m *Machine) demote(w *member, why string) {
	if !w.benched {
		w.benched = true
		m.say("%s %s: it is given duplicates only, until it answers in time", w.name, why)
	}
	w.level = min(w.level+1, maxLevel)
	w.proofs, w.debt, w.next = 0, 0, m.now+m.pause(w)
	w.latency = recent{}
	w.perUnit = times{}
	m.nextProbes = min(m.nextProbes, w.next)
	m.changed(w)
}

// miss handles a member whose units were answered by others.
func (m *Machine) miss(w *member, why string) {
	m.Counters.Missed++
	m.demote(w, why)
}

// hands lists the members to give units to: those in service and in time, or else the others with the lowest level.
func (m *Machine) hands() []*member {
	if hands := m.serving.inTime(); len(hands) > 0 {
		return hands
	}
	hands := m.able.inTime()
	if len(hands) == 0 {
		hands = m.able
	}
	least := maxLevel
	for _, w := range hands {
		least = min(least, w.level)
	}
	return slices.DeleteFunc(slices.Clone(hands), func(w *member) bool { return w.level > least })
}

// inTime lists the members that are not late in the round; r itself if none is late.
func (r roster) inTime() roster {
	if !slices.ContainsFunc(r, func(w *member) bool { return w.late }) {
		return r
	}
	return slices.DeleteFunc(slices.Clone(r), func(w *member) bool { return w.late })
}

// recent holds the last times.
type recent struct {
	times [8]time.Duration
	n     int
}

func (r *recent) add(d time.Duration) {
	r.times[r.n%len(r.times)] = d
	r.n++
}

// typical is the upper median, which a few outliers do not change; of fewer than four times the shortest; 0 without
// any.
func (r *recent) typical() time.Duration {
	n := min(r.n, len(r.times))
	if n == 0 {
		return 0
	}
	sorted := r.times
	slices.Sort(sorted[:n])
	if n < 4 {
		return sorted[0]
	}
	return sorted[n/2]
}
