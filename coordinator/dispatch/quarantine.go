package dispatch

import (
	"fmt"
	"slices"
	"time"

	"braid/protocol"
)

// hostileAfter is how many bad messages of one worker lead to its quarantine. A faulty build sends one and is refused;
// damaged frames do not count.
const hostileAfter = 10

// A worker that floods is suspended for firstSuspension, and twice as long each time, up to longestSuspension. It is
// not quarantined, because the cause may be a faulty link or, on a server without keys, another client.
const (
	firstSuspension   = 10 * time.Second
	longestSuspension = 10 * time.Minute
)

// maxRecords bounds the memory for records. The oldest is dropped first, those of quarantined workers last.
const maxRecords = 4096

// record is the bad behaviour of a worker's id in this term.
type record struct {
	bad     int
	barred  string        // why the worker is excluded, "": it is not
	until   time.Duration // end of a suspension, 0: quarantined for the term
	floods  int
	session string        // that is sent the refusal, "": not known
	told    time.Duration // when the refusal was last sent
}

// recordOf returns the record of a worker, a new one if there is none.
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

// Barred reports whether a worker is quarantined or suspended. Its messages are dropped.
func (m *Machine) Barred(worker string) bool {
	r := m.records[worker]
	return r != nil && r.barred != "" && (r.until == 0 || m.now < r.until)
}

// suspend excludes a member for some time. Workers that are not members cannot flood.
func (m *Machine) suspend(id, why string) {
	w := m.find(id)
	if w == nil {
		return
	}
	r := m.recordOf(id)
	length := min(firstSuspension<<min(r.floods, 16), longestSuspension)
	r.floods++
	r.barred = fmt.Sprintf("suspended for %s: %s", seconds(length), limited(why, 200))
	r.until, r.session = m.now+length, w.session
	m.Counters.Suspended++
	m.warn("%s is %s", w.name, r.barred)
	m.tell(id, r)
	m.remove(w)
	m.cover()
}

// quarantine excludes a worker for the rest of the term. The caller must handle its units and its answers.
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

// tell sends the refusal.
func (m *Machine) tell(id string, r *record) {
	if r.session == "" {
		return // the refusal is sent when the worker asks to join
	}
	r.told = m.now
	refusal := &protocol.Refusal{Term: m.c.Term, Final: r.until == 0, Reason: r.barred}
	m.out = append(m.out, Send{Worker: id, Session: r.session, Message: refusal})
}

// hearBarred repeats the refusal from time to time: the first one may be lost.
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

// bad counts a bad message, and reports whether it led to a quarantine.
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
