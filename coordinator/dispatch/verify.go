package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// check is a node, or a unit of a scoring, that is computed more than once: because it was
// drawn for an audit, or because an answer is not finite. The round is not done before all
// its checks are.
//
//	an answer ─▶ another worker is asked ─▶ two agree: they are right, whoever differs is quarantined
//	                    ▲                └▶ none agree: a third is asked, and so on
//	                    └──────────────────────┘
//	nobody is left to ask ─▶ one finite, one not: the finite one is right
//	                      └▶ everyone is asked again: who contradicts itself is quarantined;
//	                         if nobody does and nobody comes, the run ends and names them
type check struct {
	number uint32
	place  int  // in the round's checks
	drawn  bool // for an audit: the first answer is in the sum already
	votes  []vote

	asked    *member // who owes the next vote, nil: nobody yet
	opened   time.Duration
	at       time.Duration // when it was asked
	patience uint          // how often it took too long
	stuck    time.Duration // since when only somebody new can decide, 0: it is not
}

// vote is what one worker answered.
type vote struct {
	by       *member // may be gone
	id, name string
	finite   bool
	sum      [32]byte
	again    bool // it was asked again and gave the same bits
}

// agrees says that two answers are one. Two that are not finite agree whatever their bits:
// no step is applied with either.
func (v *vote) agrees(o *vote) bool {
	return v.finite == o.finite && (!v.finite || v.sum == o.sum)
}

// agreed is the first vote that another worker's agrees with.
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

// of is the vote of a worker.
func (c *check) of(id string) *vote {
	for i := range c.votes {
		if c.votes[i].id == id {
			return &c.votes[i]
		}
	}
	return nil
}

// mere says that the check is an audit of one answer, with which nothing is known to be wrong.
func (c *check) mere() bool { return c.drawn && len(c.votes) == 1 }

// tooLong says that members which do not answer were asked often enough.
func (c *check) tooLong(m *Machine) bool {
	return m.now-c.opened >= m.c.Beat*forgetBeats && c.patience >= 4
}

// owe notes who owes the next vote.
func (c *check) owe(w *member) {
	if c.asked != nil {
		c.asked.checks--
	}
	if c.asked = w; w != nil {
		w.checks++
	}
}

// checkOf is the open check of a node or unit.
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
		m.warn("%s: not finite: %s of %s; computed once more", m.round.name(), m.round.describe(c.number), w.name)
	}
	m.vote(c, w, a)
}

// vote takes an answer to what is checked.
func (m *Machine) vote(c *check, w *member, a Answer) {
	now := vote{by: w, id: w.id, name: w.name, finite: a.Finite, sum: a.Sum}
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
			m.warn("%s: %s: %s and %s give other bits", m.round.name(), m.round.describe(c.number), c.votes[0].name, w.name)
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
		if !m.convict(c, []vote{*before}, "it gave other bits for %s when it was asked again") {
			m.settle(c, nil)
			m.cover()
		}
	}
}

// settle decides a check or asks for the next vote. now is the answer at hand, if any.
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
	if w := m.other(c); w != nil {
		m.askFor(c, w)
		return
	}
	if c.mere() {
		m.closeCheck(c) // whoever could have computed it too is gone
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

// settleAlone asks again those that have voted, because there are no others.
func (m *Machine) settleAlone(c *check, now *vote) {
	// One that is silent or still fetches may yet be the third, for a while.
	wait := !c.tooLong(m) && slices.ContainsFunc(m.members, func(w *member) bool { return c.of(w.id) == nil && !w.draining })
	var names []string
	for _, v := range c.votes {
		w := m.find(v.id)
		switch {
		case v.again && w != nil:
		case w != nil && w.able():
			m.askFor(c, w)
			return
		default:
			wait = true // for it, or for somebody else to come: no vote is taken for right because the other left
		}
		names = append(names, v.name)
	}
	switch {
	case wait:
	case len(c.votes) == 1:
		m.decide(c, &c.votes[0], now)
	case c.stuck == 0:
		c.stuck = max(m.now, 1)
		m.say("%s: waiting %s for another worker, to say who is right about %s", m.round.name(), seconds(m.c.Beat*forgetBeats), m.round.describe(c.number))
	case m.now-c.stuck >= m.c.Beat*forgetBeats:
		m.out = append(m.out, Fail{fmt.Sprintf("%s: %s give other bits for %s, and each the same when asked again: one of these machines is faulty; a third worker would show which",
			m.round.name(), strings.Join(names, " and "), m.round.describe(c.number))})
		m.round.finished = true
	}
}

// decide ends a check: those that differ from right are at fault.
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
		m.round.poisoned = true
		m.warn("%s: not finite: %s, whoever computes them; the data or the model is at fault, not a worker", m.round.name(), m.round.describe(c.number))
	}
	here := now != nil && now.agrees(right) // the answer at hand is one of the right ones
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

// convict quarantines those that were wrong. It reports true if the round ended with it:
// begun anew, because something wrong may be in its sum, or withdrawn with the steps before
// it that may have wrong numbers in them.
func (m *Machine) convict(c *check, wrong []vote, why string) bool {
	r := m.round
	tainted, before := false, false
	since, text := uint64(0), ""
	for _, v := range wrong {
		reason := fmt.Sprintf("%s: %s", r.name(), fmt.Sprintf(why, r.describe(c.number)))
		if !v.finite {
			reason = fmt.Sprintf("%s: its numbers of %s were not finite, and are when computed once more", r.name(), r.describe(c.number))
		}
		_, gave := m.givers[v.id]
		tainted = tainted || gave
		if first, ok := m.unproved[v.id]; ok && v.finite && first.begun < m.begun && (!before || first.step < since) {
			before, since, text = true, first.step, v.name
		}
		m.quarantine(v.id, v.name, reason)
	}
	switch {
	case before:
		r.finished = true
		m.out = append(m.out, Withdraw{Step: since, Text: fmt.Sprintf("%s is quarantined, and nothing that it computed since step %d was audited: these steps are computed anew", text, since+1)})
	case tainted:
		m.anew()
	default:
		return false
	}
	return true
}

// closeCheck forgets a check; units that it held and that are not done are open again.
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

// anew begins the round again under a new number, with the same parameters: something in
// its sum is not to be trusted.
func (m *Machine) anew() {
	old := m.round
	m.start(old.Round)
	m.round.begun, m.round.said, m.round.patience = old.begun, old.said, old.patience
	m.say("%s begins anew", old.name())
	m.out = append(m.out, Anew{m.round.Number})
	m.cover()
}
