package dispatch

import (
	"fmt"
	"time"

	"braid/protocol"
)

// Config holds the settings of a term.
type Config struct {
	Term     uint64
	Leader   string
	Job      string // hash
	Manifest string // hash
	Identity protocol.Identity
	Chunk    int // bytes

	MinWorkers int     // required for the first round to begin; later one is enough
	Patience   float64 // k of the deadlines, median + k·MAD; lower gives up on slow workers earlier

	Beat time.Duration // between signs of life, 0: 250 ms

	Audit float64 // share of the answers that a second worker computes too, 0: none, 1: all
	Seed  uint64  // of the random choice of audited answers
}

// Times, in beats.
const (
	silentBeats = 4  // without a message: the units of the member are assigned to others
	nudgeBeats  = 2  // without a message: the member is sent a Nudge
	forgetBeats = 60 // without a message: the member is removed
	mutedBeats  = 8  // without a message since it joined: the member is removed
	sayBeats    = 8  // between two reports of one wait
)

// Counters count rare events.
type Counters struct {
	Refused uint64 // workers that were refused
	Lost    uint64 // members removed without a Leave while they had units
	Late    uint64 // answers and failures for which no order is current
	Double  uint64 // answers to numbers that were answered already
	Resent  uint64 // orders that were sent again
	Moved   uint64 // units that were assigned to other members during a round
	Stale   uint64 // messages of another term or of no member

	Missed uint64 // times that other members computed late units, or a probe got no answer
	Probes uint64 // duplicates ordered from members on probation

	Audits      uint64 // audited answers that were computed at least twice
	Mismatches  uint64 // answers that differed from another to the same question
	Quarantined uint64 // workers
	Suspended   uint64 // suspensions
	Crowded     uint64 // joins that were not answered because too many were joining
	NotFinite   uint64 // answers
	Barred      uint64 // messages of quarantined workers, dropped
}

// Machine assigns units to workers. Call Step and Tick from one goroutine, with times that do not decrease.
type Machine struct {
	Counters Counters

	c                  Config
	now                time.Duration
	out                []Effect
	members            roster
	able               roster // the members that can be given units
	serving, probation roster // each able member is in one of these
	byID               map[string]*member
	joined             uint64              // members that were ever admitted
	silence            silence             // of all members
	joining            roster              // the members that are not ready
	busy               []*member           // those that have a part in the round
	owners             [][]*member         // reused by rounds
	contributors       map[string]struct{} // ids of workers whose answers are in the round's sum
	round              *round
	rounds             uint64
	begun              uint64 // rounds, not counting restarts
	version            uint64
	started            bool                      // MinWorkers were able at some time
	pace               [protocol.RoundKinds]pace // of all members, by kind of round

	probing    []*member     // members with an unanswered probe
	nextProbes time.Duration // no probe is due before

	records  map[string]*record  // by worker's id
	recorded []string            // their ids, oldest first
	unproved map[string]unproved // by worker's id
	alone    bool                // reported that there is no second worker for audits

	unfetched unfetched // the newest
}

// unfetched is a worker that could not fetch what the job needs.
type unfetched struct {
	name, why string
	at        time.Duration
}

// New returns the machine of a term.
func New(c Config) *Machine {
	if c.Beat == 0 {
		c.Beat = 250 * time.Millisecond
	}
	if c.Patience <= 0 {
		c.Patience = 6
	}
	return &Machine{c: c, byID: map[string]*member{}, contributors: map[string]struct{}{}, records: map[string]*record{},
		unproved: map[string]unproved{}}
}

// Inputs of the driver, in addition to the messages of workers.
type (
	// Begin starts a round, which is computed with a version of the parameters.
	Begin struct {
		Round   Round
		Version uint64
	}
	// End drops the round, complete or not.
	End struct{}
	// NoResponder is NATS's report that a worker's subject has no subscriber.
	NoResponder struct{}
	// Answer is the complete answer to one number of an order.
	Answer struct {
		Round, Number uint64
		Finite        bool          // as the coordinator found
		Took          time.Duration // computing time, as the worker reports; 0: unknown
		Digest        [32]byte      // hash of its bits, where NeedsDigest asks for it
	}
	// MalformedAnswer is an answer of a wrong shape or size.
	MalformedAnswer struct{ Why string }
	// Caught reports that a worker holds all parameters and gets every change.
	Caught struct{}
	// Behind reports that a worker lacks parameters again and gets no units until Caught.
	Behind struct{ Why string }
	// ProtocolViolation is a message that no correct worker sends.
	ProtocolViolation struct{ Why string }
	// Flood reports that the driver has stopped reading a worker's messages: there are too many.
	Flood struct{ Why string }
)

// Step handles a message of a worker, or an input of the driver that may concern no worker (""), and returns the
// effects. They are valid until the next call. Of a Node and an ExampleBlock it handles the header. If Asked reports
// true after that, the driver must collect the contents, and hand the complete Answer to Step.
func (m *Machine) Step(now time.Duration, worker string, message any) []Effect {
	m.now, m.out = now, m.out[:0]
	if m.Barred(worker) {
		m.hearBarred(worker, message)
		return m.out
	}
	switch v := message.(type) {
	case Begin:
		m.begin(v)
		return m.out
	case End:
		m.end()
		return m.out
	case *protocol.Hello:
		m.hello(worker, v)
		return m.out
	case ProtocolViolation:
		m.bad(worker, v.Why)
		return m.out
	case Flood:
		m.suspend(worker, v.Why)
		return m.out
	}
	w := m.find(worker)
	switch v := message.(type) {
	case NoResponder:
		if w != nil {
			m.lose(w, "it is not connected to NATS")
		}
		return m.out
	case Caught:
		if w != nil {
			m.caught(w)
		}
		return m.out
	case Behind:
		if w != nil {
			m.behind(w, v.Why)
		}
		return m.out
	}
	if w == nil {
		m.Counters.Stale++ // the worker learns from NATS that its subject has no subscriber
		return m.out
	}
	m.heard(w)
	m.step(w, message)
	return m.out
}

func (m *Machine) step(w *member, message any) {
	switch v := message.(type) {
	case *protocol.Beat:
		if v.Term == m.c.Term {
			m.beat(w, v)
			return
		}
		m.Counters.Stale++
		m.send(w, &protocol.Unknown{Term: m.c.Term}, false)
	case *protocol.Ask:
		if m.current(v.Term) {
			w.version = 0
		}
	case *protocol.Ack:
		if m.current(v.Term) {
			m.advance(w, v.Version, v.Progress)
		}
	case *protocol.Failed:
		if m.current(v.Term) {
			m.failed(w, v)
		}
	case *protocol.Unfetched:
		if m.current(v.Term) {
			m.unfetched = unfetched{w.name, limited(v.Reason, 200), m.now}
		}
	case *protocol.Leave:
		m.remove(w)
		m.say("%s leaves: %s; %d in the fleet", w.name, limited(v.Reason, 200), m.Workers())
		m.cover()
	case *protocol.Mark:
		if m.current(v.Term) {
			m.consume(w, v.Count)
		}
	case *protocol.Node:
		if m.current(v.Term) {
			m.consume(w, v.Count)
			if v.Last {
				m.late(w, v.Round, v.Node, v.Nanos)
			}
		}
	case *protocol.ExampleBlock:
		if m.current(v.Term) {
			m.late(w, v.Round, v.Block, v.Nanos)
		}
	case Answer:
		m.answered(w, v)
	case MalformedAnswer:
		if m.bad(w.id, v.Why) {
			return
		}
		m.refuse(w.id, w.session, w.name, v.Why)
		m.lose(w, "its answer was refused")
	}
}

// current reports whether a message is of this term, and counts those that are not.
func (m *Machine) current(term uint64) bool {
	if term != m.c.Term {
		m.Counters.Stale++
	}
	return term == m.c.Term
}

// heard notes that a member has sent a message.
func (m *Machine) heard(w *member) {
	w.heard, w.nudged, w.spoke = m.now, 0, true
	m.silence.speak(w)
	if w.suspect {
		w.suspect = false
		m.changed(w)
		m.say("%s speaks again", w.name)
		if len(m.able) == 1 {
			m.cover()
		}
	}
}

// Tick handles the passing of time.
func (m *Machine) Tick(now time.Duration) []Effect {
	m.now, m.out = now, m.out[:0]
	for w, after := m.silence.first, (*member)(nil); w != nil && m.now-w.heard >= m.c.Beat*nudgeBeats; w = after {
		silent := m.now - w.heard
		if w.gone {
			break // another member took its place; the next tick handles the remaining ones
		}
		after = w.after
		switch {
		case silent >= m.c.Beat*forgetBeats, w.rival != nil && silent >= m.c.Beat*silentBeats:
			m.lose(w, fmt.Sprintf("silent for %s", seconds(silent)))
		case !w.spoke && silent >= m.c.Beat*mutedBeats:
			m.lose(w, "it sent nothing after joining")
		case silent >= m.patience(w) && !w.suspect:
			w.suspect = true
			m.changed(w)
			m.loosen(w)
			m.warn("%s is silent for %s", w.name, seconds(silent))
			m.out = append(m.out, Silent{w.id})
			m.cover()
		case m.now-w.nudged >= m.c.Beat*nudgeBeats:
			w.nudged = m.now
			m.send(w, &protocol.Nudge{Term: m.c.Term}, true)
		}
	}
	m.tickChecks()
	m.tickProbes()
	m.checkRound()
	m.giveUp()
	if m.round != nil && m.now-m.round.begun >= m.c.Beat {
		m.startProbes()
	}
	return m.out
}

func (m *Machine) send(w *member, message protocol.Message, void bool) {
	m.out = append(m.out, Send{Worker: w.id, Session: w.session, Message: message, Void: void})
}

func (m *Machine) say(format string, args ...any) {
	m.out = append(m.out, Say{Kind: format, Text: fmt.Sprintf(format, args...)})
}

func (m *Machine) warn(format string, args ...any) {
	m.out = append(m.out, Say{Warn: true, Kind: format, Text: fmt.Sprintf(format, args...)})
}

// limited truncates a text of a message.
func limited(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
