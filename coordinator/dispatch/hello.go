package dispatch

import (
	"fmt"
	"time"

	"braid/protocol"
)

// maxJoining bounds the members that are not ready. A client that joins under ever new names takes no more memory and
// Welcomes.
const maxJoining = 256

// Ages, in beats, from which a member that is not ready may be replaced.
const (
	quietBeats    = 2   // without a message since its Welcome
	fetchingBeats = 240 // with messages
)

// hello admits a worker or refuses it.
func (m *Machine) hello(id string, h *protocol.Hello) {
	at := fmt.Sprintf("process %d of host %.40s", h.PID, h.Host)
	name := fmt.Sprintf("%s (%.40s, process %d)", id, h.Host, h.PID)
	theirs := protocol.Identity{Class: h.Class, SelfTest: h.SelfTest, Platform: h.Platform}
	if why := m.c.Identity.Differs(theirs); why != "" {
		m.refuse(id, h.Session, name, why)
		return
	}
	if h.MaxPayload < int64(m.c.Chunk)+protocol.Overhead {
		m.refuse(id, h.Session, name, fmt.Sprintf("its NATS server's max_payload is %d bytes, the run's messages need %d: "+
			"set the same max_payload on all servers", h.MaxPayload, int64(m.c.Chunk)+protocol.Overhead))
		return
	}
	old := m.find(id)
	if old != nil && !m.gives(old, h) {
		return
	}
	if old == nil && !m.room() {
		m.Counters.Crowded++
		return // the worker repeats its Hello
	}
	m.admit(id, name, at, h)
	if old != nil {
		m.cover()
	}
}

// admit makes a worker a member.
func (m *Machine) admit(id, name, at string, h *protocol.Hello) {
	m.joined++
	w := &member{id: id, session: h.Session, name: name, at: at, seq: m.joined, threads: int(h.Threads),
		since: m.now, heard: m.now}
	m.byID[id] = w
	if m.round != nil && !m.round.failedBy(id) {
		m.round.strandedAt = m.now
	}
	m.members.set(w, true)
	m.joining.set(w, true)
	m.silence.speak(w)
	w.limit = m.window()
	m.out = append(m.out, Admit{Worker: id, Session: h.Session})
	m.send(w, &protocol.Welcome{Term: m.c.Term, Leader: m.c.Leader, Job: m.c.Job, Manifest: m.c.Manifest,
		Feed: m.joined << protocol.FeedBits, Chunk: uint32(m.c.Chunk), Limit: w.limit}, false)
	m.say("%s joins, fetches the job", name)
}

// gives reports whether a member is replaced by a process of its own name, and removes the member if so: when it is the
// same process, which has restarted its session, or when it is silent. Otherwise the member is sent a Nudge, and the
// other process waits for the result.
func (m *Machine) gives(old *member, h *protocol.Hello) bool {
	if old.session == h.Session || old.suspect || old.gone {
		if !old.gone {
			m.remove(old)
		}
		return true
	}
	old.rival = h
	old.nudged = m.now
	m.send(old, &protocol.Nudge{Term: m.c.Term}, true)
	return false
}

// keep refuses the rival of a member that has answered.
func (m *Machine) keep(w *member) {
	if h := w.rival; h != nil {
		w.rival = nil
		m.refuse(w.id, h.Session, fmt.Sprintf("%s (%.40s, process %d)", w.id, h.Host, h.PID),
			fmt.Sprintf("%s is here already, %s: give this worker another --name", w.id, w.at))
	}
}

// room reports whether one more worker may join. If necessary it removes the member that has been joining longest,
// those without any message first.
func (m *Machine) room() bool {
	if len(m.joining) < maxJoining {
		return true
	}
	for _, age := range []struct {
		beats time.Duration
		spoke bool
	}{{quietBeats, false}, {fetchingBeats, true}} {
		for _, w := range m.joining {
			if w.spoke == age.spoke && m.now-w.since >= m.c.Beat*age.beats {
				m.remove(w)
				m.say("%s is removed to admit others: it is not ready", w.name)
				return true
			}
		}
	}
	return false
}

func (m *Machine) refuse(id, session, name, why string) {
	m.Counters.Refused++
	m.warn("refused %s: %s", name, why)
	refusal := &protocol.Refusal{Term: m.c.Term, Final: true, Reason: why}
	m.out = append(m.out, Send{Worker: id, Session: session, Message: refusal})
}
