package dispatch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"braid/protocol"

	"pgregory.net/rapid"
)

// invariants compares the indexes that the machine updates with each message with those of a full scan.
func (m *Machine) invariants() error {
	able := roster{}
	for i, w := range m.members {
		if i > 0 && m.members[i-1].seq >= w.seq {
			return fmt.Errorf("%s is out of order", w.id)
		}
		if m.byID[w.id] != w || w.gone {
			return fmt.Errorf("%s is a member and not found", w.id)
		}
		if w.able() {
			able = append(able, w)
		}
		if _, joining := m.joining.find(w); joining == w.ready {
			return fmt.Errorf("%s is ready: %v, and among those that join: %v", w.id, w.ready, joining)
		}
	}
	if _, in := m.joining.find(&member{seq: m.joined + 1}); in || len(m.joining) > len(m.members) {
		return fmt.Errorf("%d of %d members are joining", len(m.joining), len(m.members))
	}
	if len(m.byID) != len(m.members) {
		return fmt.Errorf("%d names for %d members", len(m.byID), len(m.members))
	}
	if !slices.Equal(able, m.able) {
		return fmt.Errorf("%d members can be given units, the list has %d", len(able), len(m.able))
	}
	if err := m.invariantsOfSilence(); err != nil {
		return err
	}
	return m.invariantsOfRound()
}

func (m *Machine) invariantsOfSilence() error {
	n := 0
	var last *member
	for w := m.silence.first; w != nil; w = w.after {
		if n++; w.before != last || last != nil && last.heard > w.heard || w.gone {
			return fmt.Errorf("%s is out of order of silence", w.id)
		}
		last = w
	}
	if last != m.silence.last || n != len(m.members) {
		return fmt.Errorf("%d of %d members in the order of silence", n, len(m.members))
	}
	return nil
}

func (m *Machine) invariantsOfRound() error {
	r := m.round
	if r == nil {
		if len(m.busy) > 0 {
			return fmt.Errorf("%d members have a part in no round", len(m.busy))
		}
		return nil
	}
	left, owes := 0, map[*member]int{}
	for u, owners := range r.owners {
		for i, w := range owners {
			if owes[w]++; slices.Contains(owners[:i], w) || w.gone || r.done[u] || !slices.Contains(w.given, u) {
				return fmt.Errorf("%s owes unit %d, and should not", w.id, u)
			}
		}
		if r.done[u] {
			continue
		}
		left++
		checked := slices.ContainsFunc(r.checks, func(c *check) bool { lo, hi := r.span(c.number); return lo <= u && u < hi })
		if !r.loose && !r.finished && r.running && !checked && !slices.ContainsFunc(owners, inTime) {
			return fmt.Errorf("unit %d is open, owed by nobody in time, and nobody knows", u)
		}
	}
	if left != r.left {
		return fmt.Errorf("%d units are open, the count is %d", left, r.left)
	}
	checks := map[*member]int{}
	for i, c := range r.checks {
		if checks[c.asked]++; c.place != i || r.checked[c.number] != c {
			return fmt.Errorf("the check of %d is not found", c.number)
		}
	}
	if len(r.checked) != len(r.checks) {
		return fmt.Errorf("%d checks, %d numbers of them", len(r.checks), len(r.checked))
	}
	for _, w := range m.members {
		counted := w.owes == owes[w] && w.checks == checks[w] && len(r.unanswered(w)) == w.owes
		if !counted || w.owes > 0 && !slices.Contains(m.busy, w) {
			return fmt.Errorf("%s has %d units and %d votes, the counts are %d and %d",
				w.id, owes[w], checks[w], w.owes, w.checks)
		}
	}
	return nil
}

// Any order of events leaves the machine's indexes as a walk would make them, every round it
// calls done is done, and no unit of it is forgotten.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e"}
		audit := rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "audit")
		m := New(Config{Term: 3, Job: "job", Identity: testIdentity, Chunk: 512 << 10, MinWorkers: 1, Audit: audit, Seed: 1})
		now, began := time.Duration(0), uint64(0)
		ordered := map[string][]uint32{}
		take := func(effects []Effect) {
			for _, e := range effects {
				switch e := e.(type) {
				case Send:
					if o, ok := e.Message.(*protocol.Order); ok {
						numbers, _ := protocol.Numbers(o.Nodes, 1<<10)
						ordered[e.Worker] = append(ordered[e.Worker], numbers...)
					}
				case Restart:
					clear(ordered)
				}
			}
			if err := m.invariants(); err != nil {
				t.Fatal(err)
			}
		}
		name := rapid.SampledFrom(names)
		step := func(worker string, message any) { take(m.Step(now, worker, message)) }
		begin := func(t *rapid.T) {
			clear(ordered)
			n := rapid.IntRange(0, 9).Draw(t, "units")
			r := Round(&GradientRound{Step: began, Shards: n})
			if began++; rapid.IntRange(0, 3).Draw(t, "score") == 0 {
				r = &ScoreRound{Step: began, Blocks: n, Split: "dev"}
			}
			step("", Begin{r, began})
		}
		hello := func(who string) {
			step(who, &protocol.Hello{Class: "a", SelfTest: testIdentity.SelfTest, MaxPayload: 1 << 20})
		}
		for _, who := range names[:rapid.IntRange(0, len(names)).Draw(t, "members")] {
			hello(who)
			step(who, &protocol.Beat{Term: 3, Job: "job"})
			step(who, Caught{})
		}
		begin(t)
		t.Repeat(map[string]func(*rapid.T){
			"hello": func(t *rapid.T) { hello(name.Draw(t, "who")) },
			"beat": func(t *rapid.T) {
				step(name.Draw(t, "who"), &protocol.Beat{Term: 3, Job: "job", Round: m.Number(),
					Owed:     uint64(rapid.IntRange(0, 1).Draw(t, "owed")),
					Draining: rapid.IntRange(0, 30).Draw(t, "draining") == 0})
			},
			"caught": func(t *rapid.T) { step(name.Draw(t, "who"), Caught{}) },
			"behind": func(t *rapid.T) { step(name.Draw(t, "who"), Behind{"it lost parameters"}) },
			"ack": func(t *rapid.T) {
				step(name.Draw(t, "who"), &protocol.Ack{Term: 3, Version: uint64(rapid.IntRange(0, 9).Draw(t, "version"))})
			},
			"leave":  func(t *rapid.T) { step(name.Draw(t, "who"), &protocol.Leave{Term: 3}) },
			"void":   func(t *rapid.T) { step(name.Draw(t, "who"), NoResponder{}) },
			"failed": func(t *rapid.T) { step(name.Draw(t, "who"), &protocol.Failed{Term: 3, Round: m.Number()}) },
			"tick": func(t *rapid.T) {
				now += time.Duration(rapid.IntRange(1, 600).Draw(t, "ms")) * time.Millisecond
				take(m.Tick(now))
			},
			"begin": func(t *rapid.T) {
				if m.round != nil && !m.round.finished && rapid.IntRange(0, 3).Draw(t, "given up") > 0 {
					t.Skip("the round goes on")
				}
				begin(t)
			},
			"pause": func(t *rapid.T) {
				for range 10 {
					now += 50 * time.Millisecond
					take(m.Tick(now))
				}
			},
			"answer": func(t *rapid.T) {
				who := name.Draw(t, "who")
				if len(ordered[who]) == 0 {
					t.Skip("nothing was ordered")
				}
				n := rapid.SampledFrom(ordered[who]).Draw(t, "number")
				if !m.Asked(who, m.Number(), n) {
					t.Skip("it is another member of this name")
				}
				bits := byte(0)
				if who == "e" {
					bits = byte(rapid.IntRange(0, 1).Draw(t, "bits"))
				}
				step(who, Answer{Round: m.Number(), Number: uint64(n), Finite: rapid.IntRange(0, 20).Draw(t, "finite") > 0,
					Digest: [32]byte{bits}})
			},
		})
	})
}
