package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// pace remembers what units took lately.
type pace struct {
	times [64]time.Duration
	n     int
}

func (p *pace) add(d time.Duration) {
	p.times[p.n%len(p.times)] = d
	p.n++
}

// limit is median + k times the median absolute deviation; 0 until there is enough to go by.
func (p *pace) limit(k float64) time.Duration {
	const enough = 8
	n := min(p.n, len(p.times))
	if n < enough {
		return 0
	}
	sorted := slices.Clone(p.times[:n])
	slices.Sort(sorted)
	median := sorted[n/2]
	for i, d := range sorted {
		sorted[i] = max(d-median, median-d)
	}
	slices.Sort(sorted)
	return median + time.Duration(k*float64(sorted[n/2]))
}

// Bounds of a deadline: below the first, moving work costs more than it saves; the
// second holds while nothing has been measured.
const (
	minDeadline   = 400 * time.Millisecond
	firstDeadline = 10 * time.Second
)

// deadline is how long a member may take for what it was given, from then on.
func (m *Machine) deadline(w *member) time.Duration { return m.allowed(w, w.granted) }

// allowed is how long a member may take for so many units.
func (m *Machine) allowed(w *member, units int) time.Duration {
	limit := m.pace.limit(m.c.Patience)
	if limit == 0 {
		return firstDeadline
	}
	// A member known to be slow was given less, not less time.
	return max(minDeadline, 2*time.Duration(units)*max(limit, w.perUnit)) << m.round.patience
}

// checkRound moves what is late and reports what is waited for.
func (m *Machine) checkRound() {
	r := m.round
	if r == nil || r.finished {
		return
	}
	late := false
	for _, w := range m.busy {
		if w.owes > 0 && !w.late && !w.suspect && m.now-w.ordered >= m.deadline(w) && len(m.able) > 1 {
			w.late, late = true, true
			m.loosen(w)
			m.warn("%s: %s of %s, last heard %s ago, deadline %s passed", r.name(), r.units(r.owed(w)), w.name, seconds(m.now-w.heard), seconds(m.deadline(w)))
		}
	}
	if late {
		m.coverLate()
	} else if !r.running || len(m.able) > 0 {
		m.cover()
	}
	if m.now-r.said >= m.c.Beat*sayBeats && m.now-r.begun >= m.c.Beat*sayBeats {
		r.said = m.now
		m.out = append(m.out, Wait{m.waitText()})
	}
}

// coverLate gives the units of late members to others.
func (m *Machine) coverLate() {
	able := slices.DeleteFunc(slices.Clone(m.able), func(w *member) bool { return w.late })
	if len(able) == 0 {
		// All are late: it is not them. Measure again, with twice the time.
		m.round.patience = min(m.round.patience+1, 10)
		for _, w := range m.busy {
			w.late, w.ordered = false, m.now
		}
		return
	}
	if free := slices.DeleteFunc(slices.Clone(able), func(w *member) bool { return w.owes > 0 }); len(free) > 0 {
		able = free
	}
	open := m.open()
	m.round.loose = false
	if len(open) == 0 {
		return
	}
	m.Counters.Moved += uint64(len(open))
	m.spread(open, able)
	m.say("%s: %s given to %s", m.round.name(), m.round.units(open), names(able))
}

// waitText says what the round waits for.
func (m *Machine) waitText() string {
	r := m.round
	waited := seconds(m.now - r.begun)
	if able := len(m.able); !r.running || able == 0 {
		want := 1
		if !m.started {
			want = max(1, m.c.MinWorkers)
		}
		joining := len(m.members) - able
		mend := "start more with worker --nats URL"
		if u := m.unfetched; joining > 0 && u.why != "" && m.now-u.at < m.c.Beat*forgetBeats {
			mend = fmt.Sprintf("%s could not fetch the job %s ago (%s); what NATS has lost is stored again", u.name, seconds(m.now-u.at), u.why)
		}
		return fmt.Sprintf("%s: waiting for workers, %d of %d ready, %d joining, for %s: %s", r.name(), able, want, joining, waited, mend)
	}
	var parts []string
	for _, w := range m.busy {
		if w.owes == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s of %s, last heard %s ago, deadline %s", r.units(r.owed(w)), w.name, seconds(m.now-w.heard), seconds(m.deadline(w))))
	}
	for _, c := range r.checks {
		if w := c.asked; w != nil && !w.gone {
			parts = append(parts, fmt.Sprintf("%s once more of %s, last heard %s ago, deadline %s", r.what(c.number), w.name, seconds(m.now-w.heard), seconds(m.checkDeadline(c, w))))
			continue
		}
		parts = append(parts, fmt.Sprintf("another worker, to say who is right about %s", r.what(c.number)))
	}
	return fmt.Sprintf("%s: waiting for %s, for %s", r.name(), strings.Join(parts, "; "), waited)
}
