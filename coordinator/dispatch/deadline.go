package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// pace holds the times of the last units.
type pace struct {
	times [64]time.Duration
	n     int

	measured                int           // n at the last measurement
	middle, longest, spread time.Duration // median, longest, median absolute deviation
}

func (p *pace) add(d time.Duration) {
	p.times[p.n%len(p.times)] = d
	p.n++
}

// limit is the median + k times the median absolute deviation. With few times it is four times the longest; 0 without
// any.
func (p *pace) limit(k float64) time.Duration {
	p.measure()
	if p.few() {
		return 4 * p.longest
	}
	return p.middle + time.Duration(k*float64(p.spread))
}

func (p *pace) median() time.Duration { p.measure(); return p.middle }

func (p *pace) few() bool { return p.n < 8 }

// measure computes the statistics, if there are new times.
func (p *pace) measure() {
	if p.n == p.measured {
		return
	}
	p.measured = p.n
	n := min(p.n, len(p.times))
	sorted := p.times
	slices.Sort(sorted[:n])
	p.middle, p.longest = sorted[n/2], sorted[n-1]
	for i, d := range sorted[:n] {
		sorted[i] = max(d-p.middle, p.middle-d)
	}
	slices.Sort(sorted[:n])
	p.spread = sorted[n/2]
}

// Bounds of a deadline. With a shorter one than minDeadline, moving work costs more than it saves. earlyDeadline
// applies with few measurements, firstDeadline with none.
const (
	minDeadline   = 400 * time.Millisecond
	earlyDeadline = time.Second
	firstDeadline = 10 * time.Second
)

// deadline is how long a member may take for its units, from when it was last given some.
func (m *Machine) deadline(w *member) time.Duration { return m.allowed(w, m.round.kind(), w.granted) }

// allowed is how long a member may take for a number of units of a kind of round.
func (m *Machine) allowed(w *member, kind uint8, units int) time.Duration {
	pace, patience := &m.pace[kind], uint(0)
	if m.round != nil {
		patience = m.round.patience
	}
	limit, least := pace.limit(m.c.Patience), minDeadline
	switch {
	case limit == 0:
		return firstDeadline
	case pace.few():
		least = earlyDeadline
	}
	// A slow member gets fewer units, not a shorter deadline.
	own := w.latency.typical() + time.Duration(units)*w.perUnit[kind].typical()
	return max(least, 2*max(time.Duration(units)*limit, own)) << patience
}

// checkRound moves units that are late, and reports why the round waits.
func (m *Machine) checkRound() {
	r := m.round
	if r == nil || r.finished {
		return
	}
	var late []string
	for _, w := range m.busy {
		if w.owes > 0 && !w.late && !w.suspect && m.now-w.ordered >= m.deadline(w) && len(m.able) > 1 {
			w.late = true
			m.loosen(w)
			late = append(late, fmt.Sprintf("%s of %s, last heard %s ago, deadline %s passed",
				r.describeUnits(r.unanswered(w)), w.name, seconds(m.now-w.heard), seconds(m.deadline(w))))
		}
	}
	if len(late) > 0 {
		m.warn("%s: %s", r.name(), list(late, "; "))
		m.allLate()
	}
	m.cover()
	if m.now-r.said >= m.c.Beat*sayBeats && m.now-r.begun >= m.c.Beat*sayBeats {
		r.said = m.now
		m.out = append(m.out, Wait{m.waitText()})
	}
}

// allLate doubles the deadlines if every member is late: then the cause is common to all.
func (m *Machine) allLate() {
	if slices.ContainsFunc(m.able, func(w *member) bool { return !w.late }) {
		return
	}
	m.round.patience = min(m.round.patience+1, 10)
	for _, w := range m.busy {
		w.late, w.ordered = false, m.now
	}
}

// list joins the first parts.
func list(parts []string, separator string) string {
	const most = 8
	if n := len(parts); n > most {
		return strings.Join(parts[:most], separator) + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(parts, separator)
}

// waitText describes why the round waits.
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
			mend = fmt.Sprintf("%s could not fetch the job %s ago (%s); blobs that NATS has lost are stored again",
				u.name, seconds(m.now-u.at), u.why)
		}
		return fmt.Sprintf("%s: waiting for workers, %d of %d ready, %d joining, for %s%s: %s",
			r.name(), able, want, joining, waited, r.failedText(), mend)
	}
	var parts []string
	for _, w := range m.busy {
		if w.owes == 0 {
			continue
		}
		if len(parts) > 8 {
			parts = append(parts, "") // only counted
			continue
		}
		parts = append(parts, fmt.Sprintf("%s of %s, last heard %s ago, deadline %s",
			r.describeUnits(r.unanswered(w)), w.name, seconds(m.now-w.heard), seconds(m.deadline(w))))
	}
	for _, c := range r.checks {
		if w := c.asked; w != nil && !w.gone {
			parts = append(parts, fmt.Sprintf("%s repeated by %s, last heard %s ago, deadline %s",
				r.describe(c.number), w.name, seconds(m.now-w.heard), seconds(m.checkDeadline(c, w))))
			continue
		}
		parts = append(parts, fmt.Sprintf("another worker, to say who is right about %s", r.describe(c.number)))
	}
	return fmt.Sprintf("%s: waiting for %s, for %s", r.name(), list(parts, "; "), waited)
}
