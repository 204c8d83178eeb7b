package dispatch

import (
	"testing"
	"time"

	"braid/protocol"
)

// While parameters arrive at a member its deadline moves, up to twice the time of the fastest member.
func TestDeadlineMovesWhileParametersArrive(t *testing.T) {
	m, all := fleetOf(2, 4)
	m.version = 7
	fast, slow := all[0], all[1]
	m.order(fast, []int{0, 1})
	m.order(slow, []int{2, 3})
	count := uint64(0)
	at := func(d time.Duration, w *member, version uint64) (moved bool) {
		m.now = d
		count++
		m.advance(w, version, protocol.Progress{Count: count})
		return w.ordered == d
	}
	if !at(10*ms, slow, 0) || !at(20*ms, slow, 0) {
		t.Error("the deadline does not move before any member holds the version")
	}
	if at(50*ms, fast, 7); m.round.arrival != 50*ms {
		t.Errorf("the first member held the version after %s", m.round.arrival)
	}
	if !at(100*ms, slow, 0) {
		t.Error("the deadline does not move at twice the time of the fastest")
	}
	if at(101*ms, slow, 0) || at(149*ms, slow, 0) {
		t.Error("the deadline moves after twice the time of the fastest")
	}
	m.now = 90 * ms
	if m.advance(slow, 0, slow.progress); slow.ordered == m.now {
		t.Error("the deadline moves without progress")
	}
	if slow.late = true; at(95*ms, slow, 0) {
		t.Error("the deadline of a late member moves")
	}
	if at(60*ms, fast, 8) {
		t.Error("the deadline moves though the member holds the version")
	}
}

// The time for a probe moves, too.
func TestProbeMovesWhileParametersArrive(t *testing.T) {
	m, all := fleetOf(2, 4)
	m.version = 7
	w := all[1]
	m.now = 10 * ms
	m.advance(w, 0, protocol.Progress{Count: 1})
	if w.probe.at != 0 {
		t.Error("a probe that does not exist moves")
	}
	w.probe = probe{round: 1, at: 10 * ms}
	m.now = 20 * ms
	if m.advance(w, 0, protocol.Progress{Count: 2}); w.probe.at != 20*ms {
		t.Errorf("the probe is of %s", w.probe.at)
	}
}

// A member may be silent longer while it joins.
func TestPatienceWithSilence(t *testing.T) {
	m := New(Config{})
	if p := m.patience(&member{}); p != 3*time.Second {
		t.Errorf("joining: %s", p)
	}
	if p := m.patience(&member{entered: true}); p != time.Second {
		t.Errorf("a member: %s", p)
	}
}
