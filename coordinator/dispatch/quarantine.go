package dispatch

import (
	"fmt"
	"slices"
	"time"

	"braid/protocol"
)

// hostileAfter is how many bad messages of one worker end its part in this term. A build
// that is merely wrong sends one and is refused; damaged frames do not count.
const hostileAfter = 10

// A worker that floods is kept out for firstSuspension, and twice as long each time, up to
// longestSuspension. Not for the term: it may be a link that damages frames, or, where the server
// does not check who speaks, another party.
const (
	firstSuspension   = 10 * time.Second
	longestSuspension = 10 * time.Minute
)

// maxRecords bounds the memory of what unknown parties did: the oldest is forgotten first,
// those of quarantined workers last.
const maxRecords = 4096

// record is what is held against a worker's id in this term.
type record struct {
	bad     int
	barred  string        // why it is kept out, "": it is not
	until   time.Duration // when a suspension ends, 0: it is quarantined for the term
	floods  int
	session string        // that is told
	told    time.Duration // when it was last told
}

// recordOf returns what is held against a worker, a new record if there is nothing.
func (m *Machine) recordOf(id string) *record {
	if r := m.records[id]; r != nil {
		return r
	}
	if len(m.recorded) >= maxRecords {
		oldest := max(0, slices.IndexFunc(m.recorded, func(id string) bool { return !m.Barred(id) }))
		delete(m.records, m.recorded[oldest])
		m.recorded = slices.Delete(m.recorded, oldest, oldest+1)
	}
	r := new(record)
	m.records[id], m.recorded = r, append(m.recorded, id)
	return r
}

// Barred says whether a worker is quarantined or suspended: what it says needs no reading.
func (m *Machine) Barred(worker string) bool {
	r := m.records[worker]
	return r != nil && r.barred != "" && (r.until == 0 || m.now < r.until)
}

// suspend keeps a worker out for a while. A name that is not in the fleet cannot flood it.
func (m *Machine) suspend(id, why string) {
	w := m.find(id)
	if w == nil {
		return
	}
	r := m.recordOf(id)
	length := min(firstSuspension<<min(r.floods, 16), longestSuspension)
	r.floods++
	r.barred, r.until, r.session = fmt.Sprintf("suspended for %s: %s", seconds(length), limited(why, 200)), m.now+length, w.session
	m.Counters.Suspended++
	m.warn("%s is %s", w.name, r.barred)
	m.tell(id, r)
	m.remove(w)
	m.cover()
}

// quarantine shuts a worker out for the rest of the term. The caller sees to what it owed
// and to what it gave.
func (m *Machine) quarantine(id, name, why string) {
	r := m.recordOf(id)
	if r.barred != "" && r.until == 0 {
		return
	}
	r.barred, r.until = "quarantined for this term: "+why, 0
	m.Counters.Quarantined++
	m.warn("quarantined %s: %s", name, why)
	m.out = append(m.out, Quarantined{Worker: id, Name: name, Why: why})
	w := m.find(id)
	if w != nil {
		r.session = w.session
	}
	m.tell(id, r)
	delete(m.unproved, id)
	if w != nil {
		m.remove(w)
	}
}

func (m *Machine) tell(id string, r *record) {
	if r.session == "" {
		return // it is told when it asks to join
	}
	r.told = m.now
	m.out = append(m.out, Send{Worker: id, Session: r.session, Message: &protocol.Refusal{Term: m.c.Term, Final: r.until == 0, Reason: r.barred}})
}

// hearBarred answers a worker that is kept out now and then: the first refusal may be lost.
func (m *Machine) hearBarred(id string, message any) {
	m.Counters.Barred++
	r := m.records[id]
	if h, ok := message.(*protocol.Hello); ok {
		r.session = h.Session
	}
	if m.now-r.told >= m.c.Beat*silentBeats {
		m.tell(id, r)
	}
}

// bad counts a message that no honest worker sends, and says whether it was one too many.
func (m *Machine) bad(id, why string) bool {
	r := m.recordOf(id)
	r.bad++
	if r.bad < hostileAfter {
		return false
	}
	name := id
	if w := m.find(id); w != nil {
		name = w.name
	}
	m.quarantine(id, name, fmt.Sprintf("%d bad messages, the last one: %s", r.bad, limited(why, 200)))
	m.cover()
	return true
}
