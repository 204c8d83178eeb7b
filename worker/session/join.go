package session

import (
	"errors"

	"braid/protocol"
)

// lead handles the message of a leader to all workers.
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

// seek waits for a leader of any term.
func (m *Machine) seek() {
	m.state, m.said, m.sought = seeking, m.now, m.now
}

// unheardBeat joins again once it is certain that the leader has lost this session: the leader is connected, and not
// subscribed. A leader that was disconnected subscribes again before it sends a Lead.
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

// join asks for admission, and forgets the session before.
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
