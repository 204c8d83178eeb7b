package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"braid/protocol"
)

// Config is what a session knows from the start.
type Config struct {
	Hello protocol.Hello
	Beat  time.Duration // 0: 250 ms

	Stay   bool          // wait for the next job when one is finished
	GiveUp time.Duration // without a coordinator, 0: never
}

// Times, in beats.
const (
	helloBeats  = 2  // between two tries to join
	askBeats    = 1  // between two requests for parameters
	starveBeats = 20 // without a chunk of the parameters that an order needs: they are lost
	forgetBeats = 20 // without a word of the leader: any leader will do, whatever its term
	sayBeats    = 20 // between two reports of one wait
)

// Effect is something that the shell does.
type Effect interface{ effect() }

// Effects.
type (
	// Send sends a message to the leader.
	Send struct{ Message protocol.Message }
	// Fetch gets what a Welcome names; the shell answers with Fetched or NotFetched.
	Fetch struct{ Welcome protocol.Welcome }
	// Listen subscribes to the multicast of parameters, or ends the subscription; the shell answers
	// with Received.
	Listen struct{ On bool }
	// Compute does an order, after the parameters that came before it; the shell answers
	// each node or unit with Sent.
	Compute struct{ Order protocol.Order }
	// Cancel ends all computing.
	Cancel struct{}
	// Credit allows chunks up to a total since the Welcome; Fresh starts a new count.
	Credit struct {
		Limit uint64
		Fresh bool
	}
	// Exit ends the program; without Err all is well.
	Exit struct{ Err error }
	// Say goes to the log.
	Say struct {
		Warn bool
		Text string
	}
)

func (Send) effect()    {}
func (Fetch) effect()   {}
func (Listen) effect()  {}
func (Compute) effect() {}
func (Cancel) effect()  {}
func (Credit) effect()  {}
func (Exit) effect()    {}
func (Say) effect()     {}

// Events of the shell.
type (
	// Fetched says that everything is here; Job is the hash computed from it.
	Fetched struct{ Manifest, Job string }
	// NotFetched says that it did not work; Hash is the blob's, "" the store's.
	NotFetched struct {
		Hash string
		Why  error
	}
	// Changed says that Local differs from that of the last call.
	Changed struct{}
	// Acknowledge asks to tell the coordinator how far the worker is, see Local.Applied.
	Acknowledge struct{}
	// Sent says that a node or unit was computed and sent.
	Sent struct {
		Term, Round uint64
		Number      uint32
	}
	// NotFinite says that a node which was sent has numbers that are not finite.
	NotFinite struct {
		Step   uint64
		Number uint32
	}
	// NotComputed says that an order cannot be computed.
	NotComputed struct {
		Term, Round uint64
		Why         error
	}
	// Unheard is NATS's word that nobody listened to a Beat.
	Unheard struct{}
	// Drain asks to finish what is owed and leave.
	Drain struct{}
)

type state uint8

const (
	seeking state = iota
	joining
	fetching
	ready
	over
)

// Machine is one worker's session. Step and Tick are called from one goroutine, with times
// that do not go back.
type Machine struct {
	c     Config
	now   time.Duration
	out   []Effect
	state state

	term    uint64
	leader  string
	past    string        // leader of the job that was finished last
	sought  time.Duration // since when no leader is known
	heard   time.Duration // when the leader last spoke
	said    time.Duration // when a wait was last reported
	helloAt time.Duration
	beatAt  time.Duration

	welcome  protocol.Welcome
	job      string
	received Received      // what is here, or on its way to the engine
	partAt   time.Duration // when that last changed
	askedAt  time.Duration
	draining bool

	unheard bool // nobody listened to a Beat since the Welcome,
	ledOn   bool // and the leader has spoken after that

	round   uint64
	active  []uint32        // nodes and units of the round that are not yet sent
	pending *protocol.Order // waits for its parameters

	// Local is set by the driver before each call.
	Local  Local
	before protocol.Progress // applied, at the last call
}

// Local is the state of what the session's driver does beside it.
type Local struct {
	Blocked  bool              // a chunk waits for credit
	Received Received          // see Assembly
	Applied  protocol.Progress // see Assembly
}

// New returns a session that looks for a leader.
func New(c Config) *Machine {
	if c.Beat == 0 {
		c.Beat = 250 * time.Millisecond
	}
	return &Machine{c: c, said: -time.Hour, helloAt: -time.Hour, beatAt: -time.Hour, askedAt: -time.Hour}
}

// Step takes a message or an event and returns what to do. The effects are valid until the
// next call.
func (m *Machine) Step(now time.Duration, message any) []Effect {
	m.now, m.out = now, m.out[:0]
	if m.state == over {
		return m.out
	}
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
	case Fetched:
		m.fetched(v)
	case NotFetched:
		m.notFetched(v)
	case *protocol.Listen:
		if m.state == ready && v.Term == m.term {
			m.heard = m.now
			m.out = append(m.out, Listen{v.On})
		}
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
		m.warn("step %d: what was computed of node %d is not finite; the coordinator decides what becomes of it", v.Step+1, v.Number)
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
	return m.out
}

// Tick looks at what did not happen.
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
		m.report("waiting for the coordinator to let this worker in")
	case ready:
		if m.lacking() && m.now-m.askedAt >= m.c.Beat*askBeats {
			m.ask()
		}
	}
	if m.state >= fetching && m.state < over && m.now-m.beatAt >= m.c.Beat {
		m.beat()
	}
	if m.state > seeking && m.state < over && m.now-m.heard >= m.c.Beat*forgetBeats {
		m.warn("the coordinator of term %d is silent for %.1f s: waiting for it or another", m.term, (m.now - m.heard).Seconds())
		m.out = append(m.out, Cancel{})
		m.seek()
	}
	return m.out
}

// lead hears who leads.
func (m *Machine) lead(l *protocol.Lead) {
	known := m.state > seeking
	if known && l.Term < m.term {
		return // a leader of the past
	}
	if l.State == protocol.Finished {
		if !known || l.Term == m.term && l.Leader == m.leader {
			m.finished(l)
		}
		return
	}
	if l.Leader == m.past {
		return
	}
	if m.draining && m.state < ready {
		return
	}
	if !known || l.Term != m.term || l.Leader != m.leader {
		m.term, m.leader = l.Term, l.Leader
		m.say("joining the coordinator %.8s of term %d", l.Leader, l.Term)
		m.join()
	}
	m.heard = m.now
	m.ledOn = m.unheard
}

// finished ends the work for a job.
func (m *Machine) finished(l *protocol.Lead) {
	if !m.c.Stay || m.draining {
		m.exit(nil, "the job is finished")
		return
	}
	if m.past = l.Leader; m.state == seeking {
		return
	}
	if m.state > joining {
		m.send(&protocol.Leave{Term: m.term, Reason: "the job is finished"})
	}
	m.say("the job is finished: waiting for the next")
	m.out = append(m.out, Cancel{})
	m.seek()
}

// seek looks for a leader, whatever its term.
func (m *Machine) seek() {
	m.state, m.said, m.sought = seeking, m.now, m.now
}

// unheardBeat joins again once it is sure that the leader is there and does not listen to this
// session: it has lost it. While the leader is cut off nobody listens either; when it is back it
// listens before it speaks.
func (m *Machine) unheardBeat() {
	if m.state < fetching {
		return
	}
	if !m.unheard || !m.ledOn {
		m.unheard = true
		return
	}
	m.say("the coordinator no longer listens to this worker: joining again")
	m.join()
}

// join asks to be let in, from the beginning.
func (m *Machine) join() {
	if m.state == ready {
		m.out = append(m.out, Cancel{})
	}
	m.state, m.heard, m.said = joining, m.now, m.now
	m.round, m.active, m.pending, m.received, m.job = 0, m.active[:0], nil, Received{}, ""
	m.unheard, m.ledOn = false, false
	m.hello()
}

func (m *Machine) hello() {
	m.helloAt = m.now
	h := m.c.Hello
	m.send(&h)
}

func (m *Machine) welcomed(w *protocol.Welcome) {
	if m.state != joining || w.Term < m.term {
		return
	}
	m.term, m.leader, m.heard = w.Term, w.Leader, m.now
	m.state, m.welcome = fetching, *w
	m.out = append(m.out, Credit{Limit: w.Limit, Fresh: true}, Fetch{*w})
	m.beat()
}

func (m *Machine) refused(r *protocol.Refusal) {
	if r.Term < m.term && m.state > seeking {
		return
	}
	if r.Final {
		m.exit(errors.New("the coordinator refuses this worker: "+r.Reason), "")
		return
	}
	m.warn("the coordinator refuses this worker for now: %s", r.Reason)
	if m.state > joining {
		m.join()
	}
}

func (m *Machine) fetched(f Fetched) {
	if m.state != fetching || f.Manifest != m.welcome.Manifest {
		return
	}
	m.state, m.job = ready, f.Job
	m.partAt = m.now
	m.received.Progress.Feed = m.welcome.Feed
	m.beat()
	m.ask()
}

func (m *Machine) notFetched(f NotFetched) {
	if m.state != fetching {
		return
	}
	m.warn("could not fetch what the job needs, trying again: %v", f.Why)
	m.send(&protocol.Unfetched{Term: m.term, Hash: f.Hash, Reason: f.Why.Error()})
	m.state, m.helloAt = joining, m.now
}

// lacking says that parameters have to be asked for: none ever came, some were lost, or an order
// has waited in vain for long.
func (m *Machine) lacking() bool {
	return m.received.Lost || m.received.Progress.Feed == m.welcome.Feed || m.pending != nil && m.now-m.partAt >= m.c.Beat*starveBeats
}

func (m *Machine) ask() {
	m.askedAt = m.now
	m.send(&protocol.Ask{Term: m.term, Progress: m.received.Progress})
}

// look notes what became of the parameters since the last call, and of the orders that need them.
func (m *Machine) look() {
	r := m.Local.Received
	if m.Local.Applied != m.before {
		m.before, m.partAt = m.Local.Applied, m.now
	}
	if m.state != ready || r == m.received || r.Term != m.term || r.Progress.Feed>>protocol.FeedBits != m.welcome.Feed>>protocol.FeedBits {
		return
	}
	lost, began, left := r.Lost && !m.received.Lost, r.Progress.Feed != m.received.Progress.Feed, r.Left != m.received.Left
	m.received, m.partAt, m.heard = r, m.now, m.now
	if lost && m.now-m.askedAt >= m.c.Beat*askBeats {
		m.ask()
	}
	if began || r.Lost || m.pending != nil && m.pending.Version < r.Newest {
		m.pending, left = nil, true // the coordinator has given the work to others, or will
	}
	if left {
		m.keepPending()
	}
	if o := m.pending; o != nil && o.Version == r.Version {
		m.pending = nil
		m.out = append(m.out, Compute{*o})
	}
	m.leaveIfDrained()
}

// keepPending forgets the orders that were handed over to be computed: they are dropped.
func (m *Machine) keepPending() {
	m.active = m.active[:0]
	if m.pending != nil {
		numbers, _ := protocol.Numbers(m.pending.Nodes, len(m.pending.Nodes)/4) // as in ordered
		m.active = append(m.active, numbers...)
	}
}

// ordered takes an order: of a newer round, or more of the same.
func (m *Machine) ordered(o *protocol.Order) {
	if m.state != ready || o.Term != m.term || o.Round < m.round || o.Version < m.received.Newest {
		return
	}
	m.heard = m.now
	numbers, err := protocol.Numbers(o.Nodes, len(o.Nodes)/4)
	if err != nil {
		m.warn("an order of round %d cannot be read: %v", o.Round, err)
		return
	}
	if o.Round > m.round {
		if len(m.active) > 0 {
			m.out = append(m.out, Cancel{})
		}
		m.round, m.active, m.pending = o.Round, m.active[:0], nil
	}
	var fresh []uint32
	for _, n := range numbers {
		if !slices.Contains(m.active, n) {
			m.active, fresh = append(m.active, n), append(fresh, n)
		}
	}
	if len(fresh) == 0 {
		return
	}
	c := *o
	c.Nodes = protocol.AppendNumbers(nil, fresh)
	if o.Version == m.received.Version && o.Version > 0 {
		m.out = append(m.out, Compute{c})
		return
	}
	if m.pending != nil {
		c.Nodes = append(m.pending.Nodes, c.Nodes...)
	} else {
		m.partAt = m.now // they may be on their way
	}
	m.pending = &c
}

func (m *Machine) beat() {
	m.beatAt = m.now
	m.send(&protocol.Beat{Term: m.term, Job: m.job, Version: m.received.Version, Round: m.round, Owed: uint64(len(m.active)),
		Blocked: m.Local.Blocked, Draining: m.draining, Progress: m.Local.Applied})
}

func (m *Machine) drain() {
	if m.draining {
		return
	}
	m.draining = true
	if m.state < ready {
		m.leave()
		return
	}
	m.say("draining: finishing %d nodes", len(m.active))
	m.beat()
	m.leaveIfDrained()
}

func (m *Machine) leaveIfDrained() {
	if m.draining && len(m.active) == 0 {
		m.leave()
	}
}

func (m *Machine) leave() {
	if m.state >= joining {
		m.send(&protocol.Leave{Term: m.term, Reason: "asked to stop"})
	}
	m.exit(nil, "drained")
}

func (m *Machine) exit(err error, why string) {
	if err == nil {
		m.say("leaving: %s", why)
	}
	if m.state > joining && why == "the job is finished" {
		m.send(&protocol.Leave{Term: m.term, Reason: why})
	}
	m.out = append(m.out, Cancel{}, Exit{err})
	m.state = over
}

// report says what is waited for, now and then.
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
