package session

import (
	"fmt"
	"slices"
	"time"

	"braid/protocol"
)

// Config holds the settings of a session.
type Config struct {
	Hello protocol.Hello
	Beat  time.Duration // 0: 250 ms

	Stay   bool          // wait for the next job when one is finished
	GiveUp time.Duration // time without a coordinator after which the worker exits, 0: never
}

// Times, in beats.
const (
	helloBeats  = 2  // between two tries to join
	askBeats    = 1  // between two requests for parameters
	starveBeats = 20 // without a chunk of the parameters that an order needs: they are lost
	forgetBeats = 20 // without a message of the leader: any leader is accepted, whatever its term
	sayBeats    = 20 // between two reports of one wait
)

type state uint8

const (
	seeking state = iota
	joining
	fetching
	ready
	over
)

// Machine is one worker's conversation with the coordinator. Call Step and Tick from one goroutine, with times that do
// not decrease.
type Machine struct {
	c     Config
	now   time.Duration
	out   []Effect
	state state

	term    uint64
	leader  string
	past    string        // leader of the job that was finished last
	sought  time.Duration // since when no leader is known
	heard   time.Duration // when the leader last sent something
	said    time.Duration // when a wait was last reported
	helloAt time.Duration
	beatAt  time.Duration

	welcome  protocol.Welcome
	job      string
	received Received      // as of the last call
	partAt   time.Duration // when received or applied last changed
	askedAt  time.Duration
	draining bool

	unheard bool // a Beat since the Welcome had no subscriber
	ledOn   bool // the leader has sent a Lead after that Beat

	round   uint64
	active  []uint32        // nodes or blocks of the round that are not yet sent, in no order
	pending *protocol.Order // waits for its parameters; its numbers are part of active

	// Local must be set before each call.
	Local  Local
	before protocol.Progress // Local.Applied of the last call
}

// Local is the state of the parts that the driver runs next to the Machine.
type Local struct {
	Blocked  bool              // of the Allowance
	Received Received          // of the Assembly
	Applied  protocol.Progress // of the Assembly
}

// New returns a session that looks for a leader.
func New(c Config) *Machine {
	if c.Beat == 0 {
		c.Beat = 250 * time.Millisecond
	}
	return &Machine{c: c, said: -time.Hour, helloAt: -time.Hour, beatAt: -time.Hour, askedAt: -time.Hour}
}

// Step handles a message of the leader or an event, and returns the effects. They are valid until the next call.
func (m *Machine) Step(now time.Duration, message any) []Effect {
	m.now, m.out = now, m.out[:0]
	if m.look(); m.state == over {
		return m.out
	}
	switch v := message.(type) {
	case *protocol.Lead:
		m.lead(v)
	case *protocol.Welcome:
		m.welcomed(v)
	case *protocol.Refusal:
		m.refused(v)
	case *protocol.Unknown:
		if v.Term >= m.term && m.state >= fetching {
			m.say("the coordinator does not know this worker (any more): joining again")
			m.join()
		}
	case *protocol.Order:
		m.ordered(v)
	case *protocol.Credit:
		if m.state == ready && v.Term == m.term {
			m.heard = m.now
			m.out = append(m.out, Credit{Limit: v.Limit})
		}
	case *protocol.Nudge:
		if v.Term == m.term && m.state >= fetching {
			m.beat()
		}
	case *protocol.Listen:
		if m.state == ready && v.Term == m.term {
			m.heard = m.now
			m.out = append(m.out, Listen{v.On})
		}
	default:
		m.event(message)
	}
	return m.out
}

// event handles an event of the driver. Changed needs nothing beyond look.
func (m *Machine) event(event any) {
	switch v := event.(type) {
	case Fetched:
		m.fetched(v)
	case NotFetched:
		m.notFetched(v)
	case Acknowledge:
		if m.state == ready {
			m.send(&protocol.Ack{Term: m.term, Version: m.received.Version, Progress: m.Local.Applied})
		}
	case Sent:
		if v.Term == m.term && v.Round == m.round {
			m.active = slices.DeleteFunc(m.active, func(n uint32) bool { return n == v.Number })
			m.leaveIfDrained()
		}
	case NotFinite:
		m.warn("step %d: the gradient of node %d is not finite; the coordinator decides how to continue", v.Step+1, v.Number)
	case NotComputed:
		if v.Term == m.term && v.Round == m.round {
			m.active = m.active[:0]
			m.warn("cannot compute: %v", v.Why)
			m.send(&protocol.Failed{Term: m.term, Round: v.Round, Reason: v.Why.Error()})
		}
	case Unheard:
		m.unheardBeat()
	case Drain:
		m.drain()
	}
}

// Tick handles the passing of time, and returns the effects. They are valid until the next call.
func (m *Machine) Tick(now time.Duration) []Effect {
	m.now, m.out = now, m.out[:0]
	m.look()
	switch m.state {
	case seeking:
		if m.c.GiveUp > 0 && m.now-m.sought >= m.c.GiveUp {
			m.exit(fmt.Errorf("no coordinator for %s: giving up, as --give-up asks", m.c.GiveUp), "")
			return m.out
		}
		m.report("waiting for a coordinator: none speaks on this NATS server")
	case joining:
		if m.now-m.helloAt >= m.c.Beat*helloBeats {
			m.hello()
		}
		m.report("waiting for the coordinator to admit this worker")
	case ready:
		if m.lacking() && m.now-m.askedAt >= m.c.Beat*askBeats {
			m.ask()
		}
	}
	if m.state >= fetching && m.state < over && m.now-m.beatAt >= m.c.Beat {
		m.beat()
	}
	if m.state > seeking && m.state < over && m.now-m.heard >= m.c.Beat*forgetBeats {
		m.warn("the coordinator of term %d is silent for %.1f s: waiting for it or another", m.term,
			(m.now - m.heard).Seconds())
		m.out = append(m.out, Cancel{})
		m.seek()
	}
	return m.out
}

func (m *Machine) beat() {
	m.beatAt = m.now
	m.send(&protocol.Beat{Term: m.term, Job: m.job, Version: m.received.Version, Round: m.round,
		Owed: uint64(len(m.active)), Blocked: m.Local.Blocked, Draining: m.draining, Progress: m.Local.Applied})
}

// report writes to the log why the session waits, at most once in sayBeats.
func (m *Machine) report(text string) {
	if m.now-m.said >= m.c.Beat*sayBeats {
		m.said = m.now
		m.say("%s", text)
	}
}

func (m *Machine) send(message protocol.Message) { m.out = append(m.out, Send{message}) }

func (m *Machine) say(format string, args ...any) {
	m.out = append(m.out, Say{Text: fmt.Sprintf(format, args...)})
}

func (m *Machine) warn(format string, args ...any) {
	m.out = append(m.out, Say{Warn: true, Text: fmt.Sprintf(format, args...)})
}
