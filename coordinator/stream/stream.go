package stream

import (
	"slices"
	"time"

	"braid/protocol"
)

// Config is what a term's machine knows from the start.
type Config struct {
	Term   uint64
	Groups []Group
	Chunk  int           // bytes of a chunk at most
	Beat   time.Duration // between two signs of life of a worker
}

// Counters count since the beginning of the term.
type Counters struct {
	Feeds  uint64 // that were begun
	Lost   uint64 // workers that had lost a chunk
	Lagged uint64 // workers that left the multicast because it waited for them
}

// Event tells the coordinator of a worker.
type Event struct {
	Worker string
	Kind   Kind
	Why    string // of Behind
}

// Kind of an Event.
type Kind uint8

// Kinds of events.
const (
	Caught   Kind = iota // it holds all parameters and gets every change: it can be given work
	Behind               // it does not any more
	Listen               // tell it to subscribe to the multicast
	ListenNo             // tell it not to
)

// Chunk is something to send.
type Chunk struct {
	Worker string           // "": the multicast
	Header protocol.Message // *protocol.Params with the items as body, or *protocol.Position
	Items  []uint32         // ascending
	Delta  bool             // send increments
}

// Machine decides. Its methods are called by one goroutine at a time, with times that do not go back.
type Machine struct {
	Counters Counters

	c         Config
	layout    layout
	now       time.Duration
	receivers []*receiver // in the order in which they came
	byName    map[string]*receiver
	turn      int // receiver whose feed is next

	version  uint64
	readable bool // the coordinator's numbers are those of version

	cast      []uint32 // items of the version, those before castAt are sent
	castAt    int
	casting   bool // some are not
	delta     bool
	seq       uint64 // chunks of the multicast
	castBytes int64  // values of the newest version that was not all parameters
	ticked    time.Duration
	blockedAt time.Duration // when the multicast was last found blocked or not
	unfair    bool          // it was blocked, and most others waited
	history   history

	events []Event
}

// New returns the machine of a term.
func New(c Config) *Machine {
	return &Machine{c: c, layout: newLayout(c.Groups), byName: map[string]*receiver{}}
}

// First is the number of a group's first item.
func (m *Machine) First(group int) uint32 { return m.layout.first[group] }

// Change is how the coordinator's parameters differ from those of the last call of Begin.
type Change struct {
	All   bool     // everything differs, or what differs is not known
	Items []uint32 // that differ, ascending; ignored if All is set
	Delta bool     // there are increments of Items
}

// Begin allows reading the coordinator's parameters until Release, and returns the number of their version. If they
// have changed they are a new version: it follows from the one before by increments, or else by the values of what
// differs; a term's first version has no base, so that all of it is sent. The machine keeps c.Items.
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
				m.restart(r, "a version was given up")
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

// Release says that the coordinator's numbers may change.
func (m *Machine) Release() { m.readable = false }

// Events returns what happened since it was last called.
func (m *Machine) Events() []Event {
	e := m.events
	m.events = nil
	return e
}

func (m *Machine) event(worker string, kind Kind, why string) {
	m.events = append(m.events, Event{worker, kind, why})
}

// Ask is a worker that lacks parameters.
func (m *Machine) Ask(now time.Duration, worker string, p protocol.Progress) {
	m.now = now
	r := m.byName[worker]
	switch {
	case r == nil:
	case session(p.Feed) > session(r.feed):
		m.forget(r)
	case p.Feed != r.feed:
		return // its feed has begun, and if that is lost a Position says so
	default:
		m.progress(r, p)
		m.Counters.Lost++
		m.restart(r, "it lost parameters")
		return
	}
	r = &receiver{name: worker, feed: p.Feed, lacks: newSet(&m.layout), feeding: newWindow(int64(m.c.Chunk)), casting: newWindow(int64(m.c.Chunk))}
	r.lacks.fill()
	m.receivers = append(m.receivers, r)
	m.byName[worker] = r
	m.begin(r)
	m.progress(r, p)
}

// session is the part of a feed's number that a worker gets with its Welcome.
func session(feed uint64) uint64 { return feed >> protocol.FeedBits }

// Progress is how far a worker is.
func (m *Machine) Progress(now time.Duration, worker string, p protocol.Progress) {
	m.now = now
	if r := m.byName[worker]; r != nil && session(p.Feed) == session(r.feed) {
		m.progress(r, p)
	}
}

// Silent says that nothing was heard of a worker for long: it leaves the multicast as soon as
// that waits for it.
func (m *Machine) Silent(now time.Duration, worker string) {
	m.now = now
	if r := m.byName[worker]; r != nil {
		r.silent = true
	}
}

// Remove forgets a worker.
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

// Tick looks at what did not happen.
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

// A worker may hold up the multicast for one part in heldUpShare of the time, and for maxHeldUp at once.
const (
	maxHeldUp   = 400 * time.Millisecond
	heldUpShare = 6
)
