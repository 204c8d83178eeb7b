package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// check is a number that is computed more than once: for an audit, or because an answer is not finite. A round is not
// done before all its checks are.
//
//	an answer ─▶ another worker is asked ─▶ two agree: they are right, those that differ are quarantined
//	                    ▲                └▶ none agree: a third is asked, and so on
//	                    └──────────────────────┘
//	no worker is left to ask ─▶ one finite, one not: the finite one is right
//	                         └▶ all are asked to repeat it: one that contradicts itself is quarantined;
//	                            if none does and no worker joins, the run ends and names them
type check struct {
	number uint32
	place  int  // in the round's checks
	drawn  bool // for an audit: the first answer is already in the sum
	votes  []vote

	asked    *member // that was ordered the next vote, nil: none
	opened   time.Duration
	at       time.Duration // of that order
	patience uint          // how often a vote was late
	stuck    time.Duration // since when only a new worker can decide, 0: others can
}

// vote is the answer of one worker.
type vote struct {
	by       *member // may have been removed
	id, name string
	finite   bool
	digest   [32]byte
	again    bool // repeated with the same bits
}

// agrees reports whether two answers are equal. Any two answers that are not finite agree, because no step uses them.
func (v *vote) agrees(o *vote) bool {
	return v.finite == o.finite && (!v.finite || v.digest == o.digest)
}

// agreed returns the first vote that another one agrees with, or nil.
func (c *check) agreed() *vote {
	for i := range c.votes {
		for j := range i {
			if c.votes[i].agrees(&c.votes[j]) {
				return &c.votes[j]
			}
		}
	}
	return nil
}

// of returns the vote of a worker, or nil.
func (c *check) of(id string) *vote {
	for i := range c.votes {
		if c.votes[i].id == id {
			return &c.votes[i]
		}
	}
	return nil
}

// mere reports whether the check is an audit of one answer that is not known to be wrong.
func (c *check) mere() bool { return c.drawn && len(c.votes) == 1 }

// tooLong reports whether members that do not answer were asked often enough.
func (c *check) tooLong(m *Machine) bool {
	return m.now-c.opened >= m.c.Beat*forgetBeats && c.patience >= 4
}

// owe sets the member that was ordered the next vote.
func (c *check) owe(w *member) {
	if c.asked != nil {
		c.asked.checks--
	}
	if c.asked = w; w != nil {
		w.checks++
	}
}

// checkOf returns the open check of a number, or nil.
func (r *round) checkOf(number uint32) *check {
	return r.checked[number]
}

// openCheck begins a check with a first answer.
func (m *Machine) openCheck(w *member, a Answer, drawn bool) {
	c := &check{number: uint32(a.Number), drawn: drawn, opened: m.now}
	c.place = len(m.round.checks)
	m.round.checks = append(m.round.checks, c)
	if m.round.checked == nil {
		m.round.checked = map[uint32]*check{}
	}
	m.round.checked[c.number] = c
	if !a.Finite {
		m.warn("%s: not finite: %s of %s; repeated by another worker", m.round.name(), m.round.describe(c.number), w.name)
	}
	m.vote(c, w, a)
}

// vote handles an answer to a check.
func (m *Machine) vote(c *check, w *member, a Answer) {
	now := vote{by: w, id: w.id, name: w.name, finite: a.Finite, digest: a.Digest}
	owed := c.asked == w
	if owed {
		c.owe(nil)
		w.excused, w.lateAudits = 0, 0
	}
	before := c.of(w.id)
	switch {
	case before == nil:
		if len(c.votes) > 0 && !slices.ContainsFunc(c.votes, func(v vote) bool { return v.agrees(&now) }) {
			m.Counters.Mismatches++
			m.warn("%s: %s: %s and %s give other bits",
				m.round.name(), m.round.describe(c.number), c.votes[0].name, w.name)
		}
		c.votes = append(c.votes, now)
		m.settle(c, &now)
	case !owed:
		m.Counters.Double++
	case now.agrees(before):
		before.again = true
		m.settle(c, &now)
	default:
		m.Counters.Mismatches++
		if !m.convict(c, []vote{*before}, "it gave other bits for %s when it repeated them") {
			m.settle(c, nil)
			m.cover()
		}
	}
}

// settle decides a check or asks for the next vote. now is the current answer, nil if there is none.
func (m *Machine) settle(c *check, now *vote) {
	c.votes = slices.DeleteFunc(c.votes, func(v vote) bool { return m.Barred(v.id) })
	if len(c.votes) == 0 {
		m.closeCheck(c)
		return
	}
	if right := c.agreed(); right != nil {
		m.decide(c, right, now)
		return
	}
	if c.asked != nil {
		return
	}
	if w := m.nextVoter(c); w != nil {
		m.askFor(c, w)
		return
	}
	if c.mere() {
		m.closeCheck(c) // the workers that could have voted have left
		return
	}
	if len(c.votes) == 2 && c.votes[0].finite != c.votes[1].finite {
		right := &c.votes[0]
		if !right.finite {
			right = &c.votes[1]
		}
		m.decide(c, right, now)
		return
	}
	m.settleAlone(c, now)
}

// settleAlone asks the members that have voted to repeat it, because there are no others.
func (m *Machine) settleAlone(c *check, now *vote) {
	// For some time, a member that is silent or still fetches may become the third.
	wait := !c.tooLong(m) &&
		slices.ContainsFunc(m.members, func(w *member) bool { return c.of(w.id) == nil && !w.draining })
	var names []string
	for _, v := range c.votes {
		w := m.find(v.id)
		switch {
		case v.again && w != nil:
		case w != nil && w.able():
			m.askFor(c, w)
			return
		default:
			wait = true // for it or a new worker: a vote does not become right because the other worker left
		}
		names = append(names, v.name)
	}
	switch {
	case wait:
	case len(c.votes) == 1:
		m.decide(c, &c.votes[0], now)
	case c.stuck == 0:
		c.stuck = max(m.now, 1)
		m.say("%s: waiting %s for another worker, to say who is right about %s",
			m.round.name(), seconds(m.c.Beat*forgetBeats), m.round.describe(c.number))
	case m.now-c.stuck >= m.c.Beat*forgetBeats:
		m.out = append(m.out, Fail{fmt.Sprintf("%s: %s give other bits for %s, and each repeated its own: "+
			"one of these machines is faulty; a third worker would show which",
			m.round.name(), strings.Join(names, " and "), m.round.describe(c.number))})
		m.round.finished = true
	}
}

// decide ends a check: the workers that differ from right are at fault.
func (m *Machine) decide(c *check, right, now *vote) {
	if c.drawn {
		m.Counters.Audits++
	}
	var wrong []vote
	for _, v := range c.votes {
		if v.agrees(right) {
			m.proved(v.id)
		} else {
			wrong = append(wrong, v)
		}
	}
	if !right.finite {
		m.round.notFiniteConfirmed = true
		m.warn("%s: not finite: %s, on every worker; the data or the model is at fault, not a worker",
			m.round.name(), m.round.describe(c.number))
	}
	here := now != nil && now.agrees(right) // the current answer is right
	if m.convict(c, wrong, "it gave other bits for %s than others did") {
		return
	}
	lo, hi := m.round.span(c.number)
	missing := slices.Contains(m.round.done[lo:hi], false)
	if missing && here {
		m.accept(now.by, c.number)
	}
	if missing && !here {
		m.settle(c, nil) // with the votes that are left
	} else {
		m.closeCheck(c)
	}
	m.cover()
}

// convict quarantines the workers that were wrong. It reports true if that ends the round: the round restarts if a
// wrong answer may be in its sum, and is withdrawn if wrong answers may be in the sums of earlier steps.
func (m *Machine) convict(c *check, wrong []vote, why string) bool {
	r := m.round
	tainted, before := false, false
	since, text := uint64(0), ""
	for _, v := range wrong {
		reason := fmt.Sprintf("%s: %s", r.name(), fmt.Sprintf(why, r.describe(c.number)))
		if !v.finite {
			reason = fmt.Sprintf("%s: its numbers of %s were not finite, and those of other workers are",
				r.name(), r.describe(c.number))
		}
		_, gave := m.contributors[v.id]
		tainted = tainted || gave
		if first, ok := m.unproved[v.id]; ok && v.finite && first.begun < m.begun && (!before || first.step < since) {
			before, since, text = true, first.step, v.name
		}
		m.quarantine(v.id, v.name, reason)
	}
	switch {
	case before:
		r.finished = true
		why := fmt.Sprintf("%s is quarantined, and none of its answers since step %d was audited: these steps are repeated",
			text, since+1)
		m.out = append(m.out, Withdraw{Step: since, Text: why})
	case tainted:
		m.restart()
	default:
		return false
	}
	return true
}

// closeCheck removes a check. Its units are open again if they are not done.
func (m *Machine) closeCheck(c *check) {
	r := m.round
	c.owe(nil)
	last := r.checks[len(r.checks)-1]
	r.checks[c.place], last.place = last, c.place
	r.checks = r.checks[:len(r.checks)-1]
	delete(r.checked, c.number)
	r.loose = true
	m.finish()
}

// restart begins the round again under a new number, with the same parameters: its sum may be wrong.
func (m *Machine) restart() {
	old := m.round
	m.start(old.Round)
	m.round.begun, m.round.said, m.round.patience = old.begun, old.said, old.patience
	m.say("%s is restarted", old.name())
	m.out = append(m.out, Restart{m.round.Number})
	m.cover()
}
