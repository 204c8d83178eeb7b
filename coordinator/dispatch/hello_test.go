package dispatch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"braid/protocol"
)

// joinedBy is a machine whose fleet is full of workers that are joining.
func joinedBy(t *testing.T, message func(m *Machine, id string)) *Machine {
	m := New(Config{Term: 1})
	for i := range maxJoining {
		id := fmt.Sprint("w", i)
		m.Step(0, id, &protocol.Hello{MaxPayload: 1 << 20})
		message(m, id)
	}
	if m.Members() != maxJoining {
		t.Fatalf("%d members", m.Members())
	}
	return m
}

// A worker that is joining is removed to admit another one: soon without a message, later with one.
func TestJoiningWorkersAreReplaced(t *testing.T) {
	silent := func(*Machine, string) {}
	speaks := func(m *Machine, id string) { m.Step(0, id, &protocol.Beat{Term: 1}) }
	for _, c := range []struct {
		message func(*Machine, string)
		at      time.Duration
		in      bool
	}{
		{silent, 499 * ms, false}, {silent, 500 * ms, true},
		{speaks, 60*time.Second - ms, false}, {speaks, 60 * time.Second, true},
	} {
		m := joinedBy(t, c.message)
		m.Step(c.at, "new", &protocol.Hello{MaxPayload: 1 << 20})
		if in := m.find("new") != nil; in != c.in || m.Members() != maxJoining || (m.Counters.Crowded == 0) != in {
			t.Errorf("at %s: admitted %v, %d members, %d crowded", c.at, in, m.Members(), m.Counters.Crowded)
		}
	}
}

// A wait for workers names the worker that could not fetch the job, for some time.
func TestWaitNamesFailedFetch(t *testing.T) {
	m := New(Config{Term: 1})
	m.Step(0, "w1", &protocol.Hello{MaxPayload: 1 << 20})
	m.start(&GradientRound{Shards: 1})
	m.Step(time.Second, "w1", &protocol.Unfetched{Term: 1, Reason: "no blob"})
	m.now = 3 * time.Second
	if text := m.waitText(); !strings.Contains(text, "could not fetch the job 2.0 s ago (no blob)") {
		t.Error(text)
	}
	m.now = 16 * time.Second
	if text := m.waitText(); strings.Contains(text, "fetch") {
		t.Error(text)
	}
}
