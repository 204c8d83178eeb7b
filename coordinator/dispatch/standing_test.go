package dispatch

import (
	"fmt"
	"testing"
	"time"

	"braid/protocol"
)

const ms = time.Millisecond

// fleetOf is a machine in a round of some units, whose members are in service.
func fleetOf(members, units int) (*Machine, []*member) {
	m := New(Config{Term: 3, Identity: testIdentity, MinWorkers: 1})
	for i := range members {
		w := &member{id: fmt.Sprint("w", i), name: fmt.Sprint("w", i), seq: uint64(i), ready: true, fed: true, spoke: true}
		w.proofs = 1
		m.learn(w, protocol.RoundGradient, 1, 3*ms, ms)
		m.byID[w.id] = w
		m.members.set(w, true)
		m.silence.speak(w)
		m.changed(w)
	}
	m.start(&GradientRound{Shards: units})
	m.round.running, m.round.loose = true, false
	return m, m.members
}

func TestTypicalTime(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  time.Duration
	}{
		{nil, 0},
		{[]time.Duration{5}, 5},
		{[]time.Duration{9, 1, 5}, 1},                            // few: the shortest
		{[]time.Duration{1, 1, 1, 9}, 1},                         // one hiccup
		{[]time.Duration{1, 1, 9, 9}, 9},                         // half of them
		{[]time.Duration{1, 1, 1, 1, 1, 9, 9, 9}, 1},             // three of eight
		{[]time.Duration{1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9}, 9}, // of the last eight
	} {
		var r recent
		for _, d := range c.times {
			r.add(d)
		}
		if got := r.typical(); got != c.want {
			t.Errorf("%v: %d, want %d", c.times, got, c.want)
		}
	}
}

// Time in service brings the level down, step by step.
func TestLevelFalls(t *testing.T) {
	m, all := fleetOf(2, 4)
	w := all[0]
	w.level, w.proofs = 3, 2
	if m.prove(w); !w.serves() || w.level != 3 {
		t.Fatalf("level %d, serves: %v", w.level, w.serves())
	}
	m.now += 4*m.pause(w) - 1
	if m.prove(w); w.level != 3 {
		t.Error("it falls too early")
	}
	m.now++
	if m.prove(w); w.level != 2 {
		t.Error("it does not fall")
	}
	if m.prove(w); w.level != 2 {
		t.Error("it falls twice")
	}
}

// Measurements before the probation are not used after it.
func TestDemotedIsMeasuredAnew(t *testing.T) {
	m, all := fleetOf(2, 4)
	w := all[0]
	m.demote(w, "is tested")
	if w.latency.n != 0 || w.perUnit[protocol.RoundGradient].n != 0 || w.serves() || w.next != 125*ms {
		t.Errorf("%+v", w.standing)
	}
}

// If no member is in service, those with the lowest level come first.
func TestLeastDemotedComeFirst(t *testing.T) {
	m, all := fleetOf(3, 4)
	for i, w := range all {
		for range 3 - i {
			m.demote(w, "is tested")
		}
	}
	if hands := m.hands(); len(hands) != 1 || hands[0] != all[2] {
		t.Errorf("%d hands", len(hands))
	}
	all[2].late = true
	if hands := m.hands(); len(hands) != 1 || hands[0] != all[1] {
		t.Errorf("%d hands when that one is late", len(hands))
	}
}

// A member that delays rounds now and then, by more than it saves, has no share in the end; one
// that saves more, or delays a long round by a little, has.
func TestDebt(t *testing.T) {
	for _, c := range []struct {
		name         string
		members      int
		round, delay time.Duration
		every        int
		out          bool
	}{
		{"late now and then", 4, 4 * ms, 60 * ms, 10, true},
		{"a hiccup", 4, 4 * ms, 150 * ms, 1000, false},
		{"last by the time of a unit", 3, 10 * ms, 9 * ms, 1, false},
		{"last in long rounds", 9, time.Second, 3 * time.Second, 1000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, all := fleetOf(c.members, c.members)
			bad := all[c.members-1]
			for i := range 300 {
				m.start(&GradientRound{Shards: c.members})
				for _, w := range all {
					m.takePart(w)
					w.granted = 1
				}
				m.pace[0].add(c.round)
				m.now += c.round
				for _, w := range all[:c.members-1] {
					m.contributors[w.id] = struct{}{}
					m.round.note(w, m.now)
				}
				if i%c.every == 0 {
					m.now += c.delay
				}
				m.contributors[bad.id] = struct{}{}
				m.round.note(bad, m.now)
				m.bill()
			}
			if out := !bad.serves(); out != c.out {
				t.Errorf("out: %v, want %v; debt %s", out, c.out, bad.debt)
			}
		})
	}
}

// Many on probation get a few probes at a time, each unit that is open, and each member again
// after its pause.
func TestProbesAreFew(t *testing.T) {
	m, all := fleetOf(5, 3)
	for _, w := range all[1:] {
		w.proofs = 0
		m.changed(w)
	}
	m.round.done[1], m.round.left = true, 2
	m.startProbes()
	if len(m.probing) != 2 || m.probing[0].probe.number == m.probing[1].probe.number {
		t.Fatalf("%d probes", len(m.probing))
	}
	if m.nextProbes != 50*ms {
		t.Errorf("further probes after %s", m.nextProbes)
	}
	for _, w := range m.probing {
		if lo, _ := m.round.span(w.probe.number); lo == 1 {
			t.Error("a probe of a unit that is done")
		}
	}
	w := m.probing[0]
	w.level = 1 // one answer does not end its probation
	w.proofs = -1
	m.probed(w, m.round.Number, uint64(w.probe.number), ms)
	probes := func(d time.Duration) bool {
		m.now += d
		m.start(&GradientRound{Shards: 3})
		m.round.running = true
		m.startProbes()
		return w.probe.round == m.round.Number
	}
	if probes(50*ms) || !probes(80*ms) {
		t.Error("the pause between its probes is not kept")
	}
}

// The unanswered units of a member delay further ones.
func TestBusyMembersOfferLess(t *testing.T) {
	m, all := fleetOf(2, 6)
	m.order(all[0], []int{0, 1, 2})
	offers := m.offers(all)
	if offers[0].first != 2*ms+3*ms || offers[1].first != 2*ms {
		t.Fatalf("%v", offers)
	}
	m.order(all[0], []int{3, 4})
	if m.spread([]int{5}, all); all[0].owes != 5 || all[1].owes != 1 || !all[0].serves() {
		t.Errorf("they owe %d and %d; the busy one serves: %v", all[0].owes, all[1].owes, all[0].serves())
	}
}

// Probes end with their answer, their deadline, or the member.
func TestProbesEnd(t *testing.T) {
	m, all := fleetOf(4, 4)
	for _, w := range all[1:] {
		w.proofs = 0
		m.changed(w)
	}
	m.round.Round = &GradientRound{Shards: 4}
	for _, w := range all[1:] {
		m.startProbe(w)
	}
	removed, answers, late := all[1], all[2], all[3]
	m.remove(removed)
	m.probed(answers, m.round.Number, uint64(answers.probe.number), ms)
	if m.tickProbes(); len(m.probing) != 1 || m.probing[0] != late {
		t.Errorf("%d probes are not answered", len(m.probing))
	}
	m.now = time.Minute
	if m.tickProbes(); len(m.probing) != 0 || late.probe.round != 0 || m.Counters.Missed != 1 {
		t.Errorf("%d probes are not answered, %d missed", len(m.probing), m.Counters.Missed)
	}
}
