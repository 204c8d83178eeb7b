package dispatch

import (
	"slices"
	"time"

	"braid/internal/rng"
)

// audited reports whether an answer is audited. The choice depends on the seed, the step and the number alone, and does
// not influence the model.
func (m *Machine) audited(number uint32) bool {
	if m.c.Audit <= 0 {
		return false
	}
	k := rng.Key{Seed: m.c.Seed, Purpose: rng.Audit, A: m.round.step(), B: uint64(m.round.kind())<<32 | uint64(number)}
	return float64(k.Uint32At(0)) < m.c.Audit*(1<<32)
}

// NeedsDigest reports whether an Answer to this number must have a Digest.
func (m *Machine) NeedsDigest(number uint32) bool {
	return m.round != nil && (m.round.checkOf(number) != nil || m.audited(number))
}

// audit opens a check of an answer that is audited, if another member can compute it too.
func (m *Machine) audit(w *member, a Answer) {
	if !a.Finite || !m.audited(uint32(a.Number)) {
		return
	}
	if !slices.ContainsFunc(m.able, func(o *member) bool { return o != w && !m.excused(o) }) {
		if !m.alone {
			m.alone = true
			m.say("cluster.audit: %s is alone: nothing is audited until there is a second worker", w.name)
		}
		return
	}
	m.alone = false
	m.openCheck(w, a, true)
}

// nextVoter picks the member that repeats the computation of a number: one that has not voted on it, with little to
// do, and not always the same. Members in service come first. Members that were late with audits come last, and not at
// all if the check is a mere audit.
func (m *Machine) nextVoter(c *check) *member {
	w := m.nextVoterOf(m.serving, c, true)
	if w == nil {
		w = m.nextVoterOf(m.able, c, true)
	}
	if w == nil && !c.mere() && !c.tooLong(m) {
		w = m.nextVoterOf(m.able, c, false)
	}
	return w
}

func (m *Machine) nextVoterOf(able roster, c *check, inTime bool) *member {
	const enough = 8 // candidates compared: the least of a few is nearly the least of all (power of choices)
	var best *member
	least, seen := 0, 0
	for i := 0; i < len(able) && seen < enough; i++ {
		w := able[(i+int(m.round.Number)+int(c.number))%len(able)]
		if c.of(w.id) != nil || w == c.asked || inTime && (m.excused(w) || w.lateAudits > 0 && c.tooLong(m)) {
			continue
		}
		seen++
		load := w.owes + (w.checks+w.level)*m.round.units()
		if w.late {
			load += m.round.units() * len(m.round.checks)
		}
		if best == nil || load < least {
			best, least = w, load
		}
	}
	return best
}

// askFor orders the number of a check.
func (m *Machine) askFor(c *check, w *member) {
	c.owe(w)
	c.at = m.now
	m.sendOrder(w, []uint32{c.number})
}

// tickChecks asks other members for votes that are late or whose member has left.
func (m *Machine) tickChecks() {
	r := m.round
	if r == nil || r.finished {
		return
	}
	for i := 0; i < len(r.checks) && m.round == r && !r.finished; i++ {
		c := r.checks[i]
		w := c.asked
		switch {
		case w == nil || w.gone || w.suspect:
			c.owe(nil)
			m.settle(c, nil)
		case m.now-c.at >= m.checkDeadline(c, w):
			c.patience = min(c.patience+1, 10)
			o := m.nextVoter(c)
			over := c.mere() && r.left == 0 || c.tooLong(m)
			if o != nil || over {
				m.excuse(w, c)
			}
			if o == nil && over {
				c.owe(nil)
				m.settle(c, nil)
				continue
			}
			if o != nil {
				w = o // otherwise the order is repeated
			}
			m.Counters.Resent++
			m.say("%s: asking %s to repeat %s", r.name(), w.name, r.describe(c.number))
			m.askFor(c, w)
		}
	}
}

// excuse notes that a member was late with a vote: it is asked for votes less and less often.
func (m *Machine) excuse(w *member, c *check) {
	w.excused = m.now + m.c.Beat*2<<min(w.lateAudits, 8)
	w.lateAudits++
	m.miss(w, "was late to repeat "+m.round.describe(c.number))
}

func (m *Machine) excused(w *member) bool { return m.now < w.excused }

// checkDeadline is how long a vote may take, after the other orders of the member. The deadline of a mere audit does
// not grow, because the round waits for the audit.
func (m *Machine) checkDeadline(c *check, w *member) time.Duration {
	lo, hi := m.round.span(c.number)
	limit := m.allowed(w, m.round.kind(), (hi-lo)*max(1, w.checks)+w.owes)
	if c.mere() {
		return limit
	}
	return limit << c.patience
}

// remindChecks repeats the order for a vote if the member does not work on it.
func (m *Machine) remindChecks(w *member) {
	if w.checks == 0 {
		return
	}
	for _, c := range m.round.checks {
		if c.asked == w && m.now-c.at >= m.c.Beat*2 {
			m.Counters.Resent++
			m.say("%s: sending the order for %s to %s again, which does not work on it",
				m.round.name(), m.round.describe(c.number), w.name)
			m.askFor(c, w)
		}
	}
}

// unproved is the time since an answer of a worker was last found right.
type unproved struct {
	begun uint64 // the first round
	step  uint64 // the first step
}

// noteUnproved notes an accepted answer.
func (m *Machine) noteUnproved(id string) {
	if m.c.Audit <= 0 {
		return
	}
	first, ok := m.unproved[id]
	if !ok {
		first = unproved{m.begun, m.round.stepIndex()}
	}
	first.step = min(first.step, m.round.stepIndex())
	m.unproved[id] = first
}

// proved notes that an answer of a worker was found right.
func (m *Machine) proved(id string) { delete(m.unproved, id) }
