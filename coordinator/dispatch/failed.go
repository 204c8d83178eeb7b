package dispatch

import (
	"fmt"
	"slices"

	"braid/protocol"
)

// A worker sends Failed if it cannot compute an order. The worker is refused and its units are assigned to others, so
// that one faulty machine does not end the run. The run ends if the job cannot be computed: if every worker failed at
// the same round and
//
//   - hopeless of them failed for the same reason and no other is joining, or
//   - no worker was admitted for forgetBeats, ten times as long if one is joining.
//
// An accepted answer clears the failures of the round.
const hopeless = 3

// failure is the Failed of a worker.
type failure struct{ id, name, reason string }

// maxFailures bounds the memory for failures.
const maxFailures = 64

// failed handles a member that cannot compute an order of this round or of a probe.
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

// giveUp ends the run if no worker can compute the round and none is expected that could.
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
		m.out = append(m.out, Fail{fmt.Sprintf("%s: %s: %s (workers that failed: %d)",
			r.name(), last.name, last.reason, len(r.failures))})
	}
}

func (r *round) failedBy(id string) bool {
	return slices.ContainsFunc(r.failures, func(f failure) bool { return f.id == id })
}

// failedText describes the last failure for people.
func (r *round) failedText() string {
	if len(r.failures) == 0 {
		return ""
	}
	last := r.failures[len(r.failures)-1]
	return fmt.Sprintf("; %s could not compute: %s", last.name, last.reason)
}
