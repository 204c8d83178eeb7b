package session

import "braid/protocol"

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

// exit ends the session, with an error or for a reason.
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
