package dispatch

import (
	"fmt"
	"time"

	"braid/protocol"
)

// Config is what a term's machine knows from the start.
type Config struct {
	Term     uint64
	Leader   string
	Job      string // hash
	Manifest string // hash
	Identity protocol.Identity
	Chunk    int // bytes

	MinWorkers int     // before the first round begins; later one is enough
	Patience   float64 // k of the deadlines, median + k·MAD; lower gives up on slow workers earlier

	Beat time.Duration // between signs of life, 0: 250 ms

	Audit float64 // share of the answers that a second worker computes too, 0: none, 1: all
	Seed  uint64  // draws which
}

// Times, in beats.
const (
	silentBeats = 4  // without a word: what the member owes goes to others
	nudgeBeats  = 2  // without a word: it is asked for one
	forgetBeats = 60 // without a word: gone
	mutedBeats  = 8  // without a word since it joined: gone
	sayBeats    = 8  // between two reports of one wait
)

// Counters count what should be rare.
type Counters struct {
	Refused, Lost, Late, Double, Resent, Moved, Stale uint64

	Missed uint64 // times that others computed what a member was late with, or a probe went unanswered
	Probes uint64 // duplicates ordered of members on probation

	Audits      uint64 // answers that were drawn and computed twice or more
	Mismatches  uint64 // answers that differed from another to the same question
	Quarantined uint64 // workers
	Suspended   uint64 // times that a worker was kept out for a while
	Crowded     uint64 // joins that were not answered because too many were joining
	NotFinite   uint64 // answers
	Barred      uint64 // messages of quarantined workers, dropped
}

// Machine decides who computes what. Step and Tick are called from one goroutine, with
// times that do not go back.
type Machine struct {
	Counters Counters

	c                  Config
	now                time.Duration
	out                []Effect
	members            roster
	able               roster // the members that can be given units,
	serving, probation roster // each of which is in one of these
	byID               map[string]*member
	joined             uint64              // members that ever were
	silence            silence             // of all members
	joining            roster              // the members that are not ready
	busy               []*member           // those that have a part in the round
	owners             [][]*member         // memory of a round's
	givers             map[string]struct{} // ids of those whose answers are in the round's sum
	round              *round
	rounds             uint64
	begun              uint64 // rounds, those begun anew not counted
	version            uint64
	started            bool    // MinWorkers were there once
	pace               [2]pace // of all members, by kind of round

	probing    []*member     // those that owe the answer to a probe
	nextProbes time.Duration // before that no probe is due

	records  map[string]*record  // by worker's id
	recorded []string            // their ids, oldest first
	unproved map[string]unproved // by worker's id
	alone    bool                // said that there is no second worker to audit with

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
	return &Machine{c: c, byID: map[string]*member{}, givers: map[string]struct{}{}, records: map[string]*record{}, unproved: map[string]unproved{}}
}

// Inputs from the shell, beside the messages of workers.
type (
	// Begin starts a round, which is computed with a version of the parameters.
	Begin struct {
		Round   Round
		Version uint64
	}
	// End forgets the round, complete or given up.
	End struct{}
	// Void is NATS's word that nobody listens to a worker's subject.
	Void struct{}
	// Chunk is a chunk of a node that arrived; Count as in protocol.Node.
	Chunk struct{ Count uint64 }
	// Answer is a node, or a unit of a scoring, that arrived whole.
	Answer struct {
		Round, Number uint64
		Finite        bool          // the coordinator's own finding
		Took          time.Duration // that the worker says it computed; 0: not said
		Sum           [32]byte      // hash of its bits, where Weighed asks for it
	}
	// Late is the end of an answer that is not wanted any more. It tells what the answer took.
	Late struct {
		Round, Number uint64
		Took          time.Duration
	}
	// Bad is an answer that cannot be right: wrong shape or size.
	Bad struct{ Why string }
	// Caught says that a worker holds all parameters and gets every change.
	Caught struct{}
	// Behind says that it does not any more.
	Behind struct{ Why string }
	// Nonsense is a message that no worker sends.
	Nonsense struct{ Why string }
	// Flood is more than the shell is willing to read of a worker: it has stopped reading.
	Flood struct{ Why string }
)

// Step takes a message from a worker (or an input of the shell, with an empty worker) and
// returns what to do. The effects are valid until the next call.
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
	case Nonsense:
		m.bad(worker, v.Why)
		return m.out
	case Flood:
		m.suspend(worker, v.Why)
		return m.out
	}
	w := m.find(worker)
	switch v := message.(type) {
	case Void:
		if w != nil {
			m.lose(w, "NATS says that it is gone")
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
		m.Counters.Stale++ // NATS tells it that nobody listens to it any more
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
	case Chunk:
		m.consume(w, v.Count)
	case *protocol.Mark:
		if m.current(v.Term) {
			m.consume(w, v.Count)
		}
	case Answer:
		m.answered(w, v)
	case Late:
		m.Counters.Late++
		m.probed(w, v.Round, v.Number, v.Took)
	case Bad:
		if m.bad(w.id, v.Why) {
			return
		}
		m.refuse(w.id, w.session, w.name, v.Why)
		m.lose(w, "its answer was refused")
	}
}

// current counts what comes from another term.
func (m *Machine) current(term uint64) bool {
	if term != m.c.Term {
		m.Counters.Stale++
	}
	return term == m.c.Term
}

// heard notes that a member lives.
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

// Tick looks at what did not happen.
func (m *Machine) Tick(now time.Duration) []Effect {
	m.now, m.out = now, m.out[:0]
	for w, after := m.silence.first, (*member)(nil); w != nil && m.now-w.heard >= m.c.Beat*nudgeBeats; w = after {
		silent := m.now - w.heard
		if w.gone {
			break // it made room for another; the next tick sees to the rest
		}
		after = w.after
		switch {
		case silent >= m.c.Beat*forgetBeats, w.rival != nil && silent >= m.c.Beat*silentBeats:
			m.lose(w, fmt.Sprintf("silent for %s", seconds(silent)))
		case !w.spoke && silent >= m.c.Beat*mutedBeats:
			m.lose(w, "it has joined and said nothing")
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

// limited cuts a text from the wire.
func limited(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
