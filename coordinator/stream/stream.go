package stream

import (
	"slices"
	"time"

	"braid/protocol"
)

// Config holds the settings of a term.
type Config struct {
	Term   uint64
	Groups []Group
	Chunk  int           // maximum bytes of a chunk
	Beat   time.Duration // between two heartbeats of a worker
}

// Counters count events of the term.
type Counters struct {
	Feeds  uint64 // begun
	Lost   uint64 // requests of workers that had lost a chunk
	Lagged uint64 // times that a worker left the multicast because it was slow
}

// Event is a change of a worker's state.
type Event struct {
	Worker string
	Kind   Kind
	Why    string // of Behind
}

// Kind of an Event.
type Kind uint8

// Kinds of events.
const (
	Caught   Kind = iota // the worker holds all parameters and is sent every change: it can be given work
	Behind               // the worker lacks parameters again: it cannot be given work
	Listen               // the worker should subscribe to the multicast
	ListenNo             // the worker should end its subscription to the multicast
)

// Chunk is a message to send.
type Chunk struct {
	Worker string           // "": the multicast
	Header protocol.Message // *protocol.Params with the items as body, or *protocol.Position
	Items  []uint32         // ascending
	Delta  bool             // send increments
}

// Machine decides which chunk is sent next. One goroutine at a time may call it, with times that do not decrease.
type Machine struct {
	Counters Counters

	c         Config
	layout    layout
	now       time.Duration
	receivers []*receiver // in the order in which they came
	byName    map[string]*receiver
	turn      int // receiver whose feed is next

	version  uint64
	readable bool // the coordinator's parameters are those of version

	cast      []uint32 // items of the version
	castAt    int      // items before this index are sent
	casting   bool     // some items are not sent
	delta     bool     // items are sent as increments
	seq       uint64   // chunks of the multicast
	castBytes int64    // bytes of the values of the newest version that did not change all items
	ticked    time.Duration
	blockedAt time.Duration // when the multicast was last found blocked or not
	unfair    bool          // it was blocked, and most workers waited
	history   history

	events []Event
}

// New returns the machine of a term.
func New(c Config) *Machine {
	return &Machine{c: c, layout: newLayout(c.Groups), byName: map[string]*receiver{}}
}

// First returns the number of the first item of a group.
func (m *Machine) First(group int) uint32 { return m.layout.first[group] }

// Change describes how the coordinator's parameters differ from those of the previous call of Begin.
type Change struct {
	All   bool     // all items may differ
	Items []uint32 // that differ, ascending; ignored if All is set
	Delta bool     // increments of Items are available
}

// Begin returns the version of the coordinator's parameters, which may be read until Release. Changed parameters are a
// new version. It is based on the version before: only the changed items are sent, as increments if those are
// available. The first version of a term, and one with c.All set, has no base: the values of all items are sent. The
// machine keeps c.Items.
func (m *Machine) Begin(now time.Duration, c Change) (version uint64) {
	switch {
	case c.All || m.version == 0:
		m.publish(now, m.everything(), false)
	case len(c.Items) > 0:
		m.publish(now, c.Items, c.Delta)
	default:
		m.now, m.readable = now, true
	}
	return m.version
}

// everything lists all items.
func (m *Machine) everything() []uint32 {
	items := make([]uint32, m.layout.items())
	for i := range items {
		items[i] = uint32(i)
	}
	return items
}

// publish begins a version.
func (m *Machine) publish(now time.Duration, items []uint32, delta bool) {
	m.now = now
	if m.casting {
		m.history.end(m.seq)
		m.casting = false
		for _, r := range m.receivers {
			if r.joined {
				m.restart(r, "a version was abandoned")
			}
		}
	}
	m.version, m.readable = m.version+1, true
	m.join()
	m.history.begin(items)
	all := len(items) == m.layout.items()
	joined := 0
	for _, r := range m.receivers {
		r.versions++
		switch {
		case !r.joined:
			r.lacks.add(items)
			r.complete = r.complete && len(items) == 0
		case !delta:
			r.lacks.remove(items)
			joined++
		default:
			joined++
		}
	}
	if !all || joined > 0 {
		m.castBytes = 0
		for _, i := range items {
			m.castBytes += m.layout.bytes(i, false)
		}
	}
	m.cast, m.castAt, m.delta, m.unfair = items, 0, delta, false
	if m.casting = joined > 0; !m.casting {
		m.history.end(m.seq)
	}
	for _, r := range m.receivers {
		m.consider(r)
	}
}

// Release forbids reading the coordinator's parameters.
func (m *Machine) Release() { m.readable = false }

// Events returns the events since the last call.
func (m *Machine) Events() []Event {
	e := m.events
	m.events = nil
	return e
}

func (m *Machine) event(worker string, kind Kind, why string) {
	m.events = append(m.events, Event{worker, kind, why})
}

// Receive handles a message of a worker, if it is about parameters.
func (m *Machine) Receive(now time.Duration, worker string, message protocol.Message) {
	switch v := message.(type) {
	case *protocol.Ask:
		if v.Term == m.c.Term {
			m.ask(now, worker, v.Progress)
		}
	case *protocol.Ack:
		if v.Term == m.c.Term {
			m.acknowledge(now, worker, v.Progress)
		}
	case *protocol.Beat:
		if v.Term == m.c.Term {
			m.acknowledge(now, worker, v.Progress)
		}
	}
}

// ask handles a request for missing parameters.
func (m *Machine) ask(now time.Duration, worker string, p protocol.Progress) {
	m.now = now
	r := m.byName[worker]
	switch {
	case r == nil:
	case session(p.Feed) > session(r.feed):
		m.forget(r)
	case p.Feed != r.feed:
		return // a newer feed has begun; if its chunks are lost, a Position shows that
	default:
		m.progress(r, p)
		m.Counters.Lost++
		m.restart(r, "it lost parameters")
		return
	}
	r = &receiver{name: worker, feed: p.Feed, lacks: newSet(&m.layout),
		feeding: newWindow(int64(m.c.Chunk)), casting: newWindow(int64(m.c.Chunk))}
	r.lacks.fill()
	m.receivers = append(m.receivers, r)
	m.byName[worker] = r
	m.begin(r)
	m.progress(r, p)
}

// session is the part of a feed's number that a Welcome assigns.
func session(feed uint64) uint64 { return feed >> protocol.FeedBits }

// acknowledge handles an acknowledgement.
func (m *Machine) acknowledge(now time.Duration, worker string, p protocol.Progress) {
	m.now = now
	if r := m.byName[worker]; r != nil && session(p.Feed) == session(r.feed) {
		m.progress(r, p)
	}
}

// Silent notes that a worker is silent. The worker leaves the multicast as soon as other workers wait for it.
func (m *Machine) Silent(now time.Duration, worker string) {
	m.now = now
	if r := m.byName[worker]; r != nil {
		r.silent = true
	}
}

// Remove removes a worker.
func (m *Machine) Remove(worker string) {
	if r := m.byName[worker]; r != nil {
		m.forget(r)
	}
}

func (m *Machine) forget(r *receiver) {
	delete(m.byName, r.name)
	m.receivers = slices.DeleteFunc(m.receivers, func(o *receiver) bool { return o == r })
	m.turn = 0
}

// Tick handles the passing of time.
func (m *Machine) Tick(now time.Duration) {
	forgiven := (now - m.ticked) / heldUpShare
	m.now, m.ticked = now, now
	for _, r := range m.receivers {
		r.heldUp = max(0, r.heldUp-forgiven)
		if max(r.feeding.age(now), r.casting.age(now)) >= 2*m.c.Beat && now-r.positioned >= 2*m.c.Beat {
			r.position = true
		}
		if r.joined && r.blocks && r.silent && m.unfair {
			m.leave(r, "the others waited for it, and it is silent")
		}
		if r.joined && r.heldUp >= maxHeldUp {
			m.Counters.Lagged++
			r.lagged++
			r.notBefore = now + min(time.Second<<min(r.lagged-1, 6), time.Minute)
			m.leave(r, "the others waited for it: its link is slow")
		}
		m.consider(r)
	}
}

// A worker may delay the multicast for one part in heldUpShare of the time, and for maxHeldUp at once.
const (
	maxHeldUp   = 400 * time.Millisecond
	heldUpShare = 6
)
