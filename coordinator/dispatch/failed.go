package dispatch

import (
	"fmt"
	"slices"

	"braid/protocol"
)

// A worker says Failed if it cannot compute an order. It is refused and its units go to others, so
// that one faulty machine ends nothing. The run ends if it is the job that cannot be computed: if
// every worker failed at the same round and
//
//   - hopeless of them failed for the same reason and no other is joining, or
//   - nobody new came for forgetBeats, ten times as long if somebody is joining.
//
// An answer that is accepted clears the round of all failures.
const hopeless = 3

// failure is a worker's word that it could not compute the round.
type failure struct{ id, name, reason string }

// maxFailures bounds what is remembered of a round.
const maxFailures = 64

// failed is a member that cannot compute an order, of this round or a probe's.
func (m *Machine) failed(w *member, f *protocol.Failed) {
	r := m.round
	if r == nil || f.Round != r.Number && f.Round != w.probe.round {
		m.Counters.Late++
		return
	}
	reason := limited(f.Reason, 500)
	if len(r.failures) == 0 {
		r.strandedAt = m.now
	}
	if len(r.failures) < maxFailures {
		r.failures = append(r.failures, failure{w.id, w.name, reason})
	}
	m.refuse(w.id, w.session, w.name, "it cannot compute: "+reason)
	m.lose(w, "it cannot compute")
	m.giveUp()
}

// giveUp ends the run if nobody can compute the round and nobody is expected who could.
func (m *Machine) giveUp() {
	r := m.round
	if r == nil || r.finished || len(r.failures) == 0 || len(m.able) > 0 {
		return
	}
	last := r.failures[len(r.failures)-1]
	same := 0
	for _, f := range r.failures {
		if f.reason == last.reason {
			same++
		}
	}
	patience := m.c.Beat * forgetBeats
	joining := slices.ContainsFunc(m.members, func(w *member) bool { return !r.failedBy(w.id) })
	if joining {
		patience *= 10
	}
	if same >= hopeless && !joining || m.now-r.strandedAt >= patience {
		r.finished = true
		m.out = append(m.out, Fail{fmt.Sprintf("%s: %s: %s (workers that failed: %d)", r.name(), last.name, last.reason, len(r.failures))})
	}
}

func (r *round) failedBy(id string) bool {
	return slices.ContainsFunc(r.failures, func(f failure) bool { return f.id == id })
}

// failedText is what a wait for workers says of those that failed.
func (r *round) failedText() string {
	if len(r.failures) == 0 {
		return ""
	}
	last := r.failures[len(r.failures)-1]
	return fmt.Sprintf("; %s could not compute: %s", last.name, last.reason)
}
