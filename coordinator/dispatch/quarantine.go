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

// maxRecords bounds the memory of what unknown parties did: the oldest is forgotten first,
// those of quarantined workers last.
const maxRecords = 4096

// record is what is held against a worker's id in this term.
type record struct {
	bad    int
	barred string        // why it is quarantined, "": it is not
	told   time.Duration // when it was last told
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

// Barred says whether a worker is quarantined: what it says needs no reading.
func (m *Machine) Barred(worker string) bool {
	r := m.records[worker]
	return r != nil && r.barred != ""
}

// quarantine shuts a worker out for the rest of the term. The caller sees to what it owed
// and to what it gave.
func (m *Machine) quarantine(id, name, why string) {
	r := m.recordOf(id)
	if r.barred != "" {
		return
	}
	r.barred = why
	m.Counters.Quarantined++
	m.warn("quarantined %s: %s", name, why)
	m.out = append(m.out, Quarantined{Worker: id, Name: name, Why: why})
	m.tell(id, r)
	delete(m.unproved, id)
	if w := m.find(id); w != nil {
		m.remove(w)
	}
}

func (m *Machine) tell(id string, r *record) {
	r.told = m.now
	m.out = append(m.out, Send{Worker: id, Message: &protocol.Refusal{Term: m.c.Term, Final: true, Reason: "quarantined for this term: " + r.barred}})
}

// hearBarred answers a quarantined worker now and then: the first refusal may be lost.
func (m *Machine) hearBarred(id string) {
	m.Counters.Barred++
	if r := m.records[id]; m.now-r.told >= m.c.Beat*silentBeats {
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
