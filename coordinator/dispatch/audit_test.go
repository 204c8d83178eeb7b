package dispatch

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"braid/protocol"
)

// The share of audited answers is the configured one. The choice is the same in every run, and depends on the seed.
func TestAuditedShare(t *testing.T) {
	drawn := func(audit float64, seed uint64) (n int, which string) {
		m := New(Config{Audit: audit, Seed: seed})
		for step := range uint64(10_000) {
			m.round = &round{Round: &GradientRound{Step: step}}
			for number := uint32(1); number <= 8; number++ {
				if m.audited(number) {
					n++
					if step < 2000 {
						which += fmt.Sprint(step, "/", number, " ")
					}
				}
			}
		}
		return n, which
	}
	const all = 80_000
	for _, p := range []float64{0, 0.001, 0.05, 0.5, 1} {
		n, which := drawn(p, 1)
		if off := math.Abs(float64(n) - p*all); off > 4*math.Sqrt(all*p*(1-p)) {
			t.Errorf("share %v: %d of %d", p, n, all)
		}
		_, again := drawn(p, 1)
		_, other := drawn(p, 2)
		if which != again || p > 0 && p < 1 && which == other {
			t.Errorf("share %v: drawn by something else than the seed", p)
		}
	}
}

// Any number of unknown workers takes bounded memory, and does not displace a quarantine.
func TestRecordsAreBounded(t *testing.T) {
	m := New(Config{Term: 1})
	for range hostileAfter {
		m.Step(0, "hostile", ProtocolViolation{"why"})
	}
	for i := range 3 * maxRecords {
		m.Step(0, fmt.Sprint("w", i), ProtocolViolation{"why"})
	}
	if len(m.records) > maxRecords || len(m.recorded) != len(m.records) {
		t.Errorf("%d records, %d names", len(m.records), len(m.recorded))
	}
	if !m.Barred("hostile") || m.Counters.Quarantined != 1 {
		t.Error("the quarantine is forgotten")
	}
}

// The deadline of a check grows with the units of its number and with the other work of the member, wherever in the
// step the units are.
func TestCheckDeadline(t *testing.T) {
	m := New(Config{})
	m.start(&GradientRound{Shards: 8})
	for range 8 {
		m.pace[protocol.RoundGradient].add(time.Second)
	}
	w := &member{}
	for _, c := range []struct {
		number       uint32 // nodes 2 and 3 are halves, 8 to 15 single shards
		checks, owes int
		patience     uint
		seconds      int
	}{
		{8, 0, 0, 0, 2}, {15, 0, 0, 0, 2}, {2, 0, 0, 0, 8}, {3, 0, 0, 0, 8},
		{15, 1, 0, 0, 2}, {15, 3, 0, 0, 6}, {3, 2, 0, 0, 16}, {15, 0, 2, 0, 6}, {15, 1, 0, 2, 8},
	} {
		w.checks, w.owes = c.checks, c.owes
		got := m.checkDeadline(&check{number: c.number, votes: make([]vote, 2), patience: c.patience}, w)
		if want := time.Duration(c.seconds) * time.Second; got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
	}
	audit := &check{number: 15, drawn: true, votes: make([]vote, 1), patience: 3}
	if got := m.checkDeadline(audit, &member{}); got != 2*time.Second {
		t.Errorf("a mere audit has %s", got)
	}
}

// Members that do not answer were asked often enough after the time and the number of tries.
func TestTooLong(t *testing.T) {
	m := New(Config{})
	for _, c := range []struct {
		seconds  int
		patience uint
		want     bool
	}{{15, 4, true}, {14, 4, false}, {15, 3, false}, {14, 3, false}, {20, 9, true}} {
		m.now = time.Duration(c.seconds+1) * time.Second
		if got := (&check{opened: time.Second, patience: c.patience}).tooLong(m); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A worker is quarantined once, also after a suspension.
func TestQuarantinedOnce(t *testing.T) {
	m := New(Config{Term: 1})
	m.Step(0, "w", &protocol.Hello{MaxPayload: 1 << 20})
	m.Step(0, "w", Flood{"too many"})
	if !m.Barred("w") || m.Counters.Suspended != 1 {
		t.Error("not suspended")
	}
	if m.now = 10 * time.Second; m.Barred("w") {
		t.Error("suspended for longer than 10 s")
	}
	m.out = nil
	m.quarantine("w", "w", "why")
	m.quarantine("w", "w", "why")
	if m.now = time.Hour; !m.Barred("w") || m.Counters.Quarantined != 1 || len(m.out) == 0 {
		t.Errorf("quarantined %d times", m.Counters.Quarantined)
	}
	// Each suspension is twice as long as the one before, up to ten minutes.
	for i, want := range []time.Duration{10, 20, 40, 80, 160, 320, 600, 600} {
		m.Step(m.now, "v", &protocol.Hello{MaxPayload: 1 << 20})
		m.Step(m.now, "v", Flood{"too many"})
		if got := m.records["v"].until - m.now; got != want*time.Second {
			t.Errorf("suspension %d is %s", i, got)
		}
		m.now = m.records["v"].until
	}
}

// Long lists are cut after eight parts.
func TestLongListsAreCut(t *testing.T) {
	parts := strings.Split("a b c d e f g h i j", " ")
	for n, want := range map[int]string{
		0: "", 1: "a", 8: "a, b, c, d, e, f, g, h", 10: "a, b, c, d, e, f, g, h and 2 more",
	} {
		if got := list(parts[:n], ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A member that is late with votes is asked for audits less and less often, until it answers one.
func TestExcuses(t *testing.T) {
	m, all := fleetOf(2, 4)
	w, c := all[0], &check{number: 4, votes: []vote{{id: "w1"}}}
	for _, want := range []time.Duration{500 * ms, time.Second, 2 * time.Second} {
		m.excuse(w, c)
		if w.excused != want || !m.excused(w) {
			t.Errorf("excused until %s, want %s", w.excused, want)
		}
	}
	if m.now = w.excused; m.excused(w) {
		t.Error("excused for longer")
	}
	c.owe(w)
	m.round.checks, m.round.checked = []*check{c}, map[uint32]*check{4: c}
	if m.vote(c, w, Answer{Number: 4, Finite: true}); w.lateAudits != 0 || w.excused > 0 {
		t.Errorf("after a vote: %d late audits, excused until %s", w.lateAudits, w.excused)
	}
}
