package stream

import (
	"time"

	"braid/protocol"
)

// receiver is a worker that gets parameters.
type receiver struct {
	name string

	// The feed. Each item is in lacks, or in a flight of the feed, or has arrived, or is sent by multicast.
	feed     uint64 // number of the feed; greater ones are newer
	lacks    set
	next     uint32 // item at which the next chunk begins
	complete bool   // the newest chunk has Last set
	needs    uint64 // count of the multicast when that chunk was sent
	feeding  window
	versions int // begun since the feed was

	// The multicast.
	listen    bool          // it should subscribe
	listening bool          // it is subscribed
	told      time.Duration // when it was last sent a Listen
	joined    bool          // it is sent every chunk after since
	since     uint64        // count of the multicast
	casting   window
	silent    bool          // since its last message
	blocks    bool          // its window has no room for the next chunk
	heldUp    time.Duration // how long the others waited for it, less its share of the time
	lagged    uint          // how often it left because of that
	notBefore time.Duration // it must not listen before

	caught bool

	position   bool          // a Position is due
	positioned time.Duration // when the last Position was sent
}

// patientVersions is after how many versions a worker joins the multicast, however much it lacks: a feed that includes
// the changes of every version may never end.
const patientVersions = 8

// begin opens a feed.
func (m *Machine) begin(r *receiver) {
	m.Counters.Feeds++
	r.feed++
	r.feeding.reset(0)
	r.complete, r.needs, r.joined, r.versions, r.position, r.heldUp = false, 0, false, 0, false, 0
}

// restart begins a new feed with all items that the worker has not acknowledged.
func (m *Machine) restart(r *receiver, why string) {
	if r.joined {
		m.history.since(r.casting.acked, &r.lacks)
		r.casting.reset(m.seq)
	}
	for _, f := range r.feeding.out {
		r.lacks.add(f.items)
	}
	m.begin(r)
	if r.caught {
		r.caught = false
		m.event(r.name, Behind, why)
	}
}

// leave is restart for a worker that is too slow for the multicast.
func (m *Machine) leave(r *receiver, why string) {
	m.restart(r, why)
	r.listen = false
	m.tell(r)
}

// tell sends the worker a Listen.
func (m *Machine) tell(r *receiver) {
	r.told = m.now
	kind := ListenNo
	if r.listen {
		kind = Listen
	}
	m.event(r.name, kind, "")
}

// consider lets a worker listen once it lacks little.
func (m *Machine) consider(r *receiver) {
	if r.listen || m.version == 0 || m.now < r.notBefore {
		return
	}
	if r.lacks.bytes+r.feeding.unacked <= max(m.castBytes, minWindow*int64(m.c.Chunk)) || r.versions >= patientVersions {
		r.listen = true
		m.tell(r)
	}
}

func (m *Machine) progress(r *receiver, p protocol.Progress) {
	r.silent, r.listening = false, p.Listening
	if p.Feed == r.feed {
		r.feeding.ack(m.now, p.Count)
		if r.joined && p.Seq >= r.since {
			r.casting.ack(m.now, p.Seq)
		}
	}
	if r.joined && !r.listening {
		m.restart(r, "it does not listen")
	}
	if r.listening != r.listen && m.now-r.told >= m.c.Beat {
		m.tell(r)
	}
	m.consider(r)
	m.catch(r)
}

// join adds the workers that listen to the multicast. It does so between two versions only.
func (m *Machine) join() {
	if m.casting || m.version == 0 {
		return
	}
	for _, r := range m.receivers {
		if r.listen && r.listening && !r.joined {
			r.joined, r.since, r.position = true, m.seq, true
			r.casting.reset(m.seq)
			m.catch(r)
		}
	}
}

// catch checks whether a worker has caught up.
func (m *Machine) catch(r *receiver) {
	if !r.caught && r.joined && r.complete && r.lacks.n == 0 && len(r.feeding.out) == 0 && r.casting.acked >= r.needs {
		r.caught = true
		m.event(r.name, Caught, "")
	}
}
