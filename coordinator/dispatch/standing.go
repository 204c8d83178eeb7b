package dispatch

import (
	"slices"
	"time"
)

// standing is what a member's answers say of it, across rounds.
//
// A member in service is given shares. One on probation is given probes only: duplicates of units
// that others owe, which no round waits for.
//
//	new ──answer in time──▶ in service ◀──────needs() answers in time──────┐
//	 └─probe missed─┐           │ another member computed what it owed     │
//	                ▼           │ its share costs more than it saves       │
//	            probation ◀─────┘ ──a probe after every pause()────────────┘
//
// Each way into probation raises the level, and with it the pause between probes and the number of
// answers in time that end the probation. Time in service lowers it.
type standing struct {
	latency recent        // of an answer, beside the computing
	perUnit [2]recent     // computing, by kind of round
	level   int           // of the back-off
	proofs  int           // answers in time since it was new or on probation
	benched bool          // the log says that it is given no shares
	served  time.Duration // when it came into service, or its level fell
	debt    time.Duration // what rounds waited for it alone, less what its shares saved
	probe   probe         // under way
	next    time.Duration // when a probe may begin
}

// probe is a duplicate that a member on probation was ordered.
type probe struct {
	round  uint64 // 0: none
	number uint32
	kind   uint8
	at     time.Duration
}

const (
	maxLevel  = 7                      // pauses: 1/4 beat, doubled by every level
	maxProofs = 4                      // answers in time that end the longest probation
	maxDebt   = 200 * time.Millisecond // hiccups of an honest member are less
)

// needs is how many answers in time bring the member into service.
func (s *standing) needs() int { return min(max(1, s.level), maxProofs) }

// pause is the time between two probes of a member.
func (m *Machine) pause(w *member) time.Duration { return m.c.Beat / 4 << w.level }

// serves says that the member may be given shares.
func (m *member) serves() bool { return m.able() && m.proofs >= m.needs() }

// learn notes what an answer took: wall from the order to the answer, of which the member says
// that it computed for compute.
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
	w.perUnit = [2]recent{}
	m.nextProbes = min(m.nextProbes, w.next)
	m.changed(w)
}

// miss is a member that did not answer in time what others did.
func (m *Machine) miss(w *member, why string) {
	m.Counters.Missed++
	m.demote(w, why)
}

// hands are the members to give units to: those in service and in time; if there are none, those
// of the others that were demoted least.
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

// inTime are the members that are not late in the round; r itself if none is.
func (r roster) inTime() roster {
	if !slices.ContainsFunc(r, func(w *member) bool { return w.late }) {
		return r
	}
	return slices.DeleteFunc(slices.Clone(r), func(w *member) bool { return w.late })
}

// recent remembers the last few times.
type recent struct {
	times [8]time.Duration
	n     int
}

func (r *recent) add(d time.Duration) {
	r.times[r.n%len(r.times)] = d
	r.n++
}

// typical is the median, of two in the middle the greater, so that a few hiccups say nothing; of
// fewer than four the shortest; 0 if there is none.
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
