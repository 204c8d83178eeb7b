package coordinator

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"braid/coordinator/dispatch"
	"braid/gradient"
	"braid/protocol"
	"braid/transport"
)

// handle takes one message.
func (f *fleet) handle(r transport.Received) {
	road, worker := f.subject.Sender(r.Subject)
	if worker == "" {
		return
	}
	if f.machine.Barred(worker) {
		f.act(f.machine.Step(f.now(), worker, nil))
		return
	}
	if r.Void {
		f.act(f.machine.Step(f.now(), worker, dispatch.Void{}))
		return
	}
	m, body, err := protocol.Decode(r.Data)
	var version *protocol.VersionError
	switch {
	case errors.As(err, &version):
		f.stats.refused.Add(1)
		f.log.Warn("refused "+worker, "error", err)
		f.publish(f.subject.To(worker), "", &protocol.Refusal{Term: f.lead.Term, Final: true, Reason: err.Error()}, nil)
		return
	case errors.Is(err, protocol.ErrDamaged):
		f.stats.refused.Add(1)
		f.log.Warn("a message that cannot be read", "worker", worker, "error", err)
		return
	case err != nil:
		f.nonsense(worker, err.Error())
		return
	}
	if !road.Carries(m) {
		f.nonsense(worker, fmt.Sprintf("a %T on the subject %s", m, r.Subject))
		return
	}
	switch m := m.(type) {
	case *protocol.Node:
		f.node(worker, m, body)
	case *protocol.Unit:
		f.unit(worker, m, body)
	default:
		f.act(f.machine.Step(f.now(), worker, m))
	}
}

// node takes a chunk of a gradient.
func (f *fleet) node(worker string, n *protocol.Node, body []byte) {
	f.act(f.machine.Step(f.now(), worker, dispatch.Chunk{Count: n.Count}))
	if n.Term != f.lead.Term || !f.machine.Asked(worker, n.Round, n.Node) {
		f.stats.late.Add(1)
		return
	}
	f.spent.compute = max(f.spent.compute, time.Duration(n.Nanos))
	joined := took(&f.spent.wire)
	weighed := f.machine.Weighed(n.Node)
	g, whole, err := f.answers.node(worker, n, body, weighed)
	joined()
	if err != nil {
		f.act(f.machine.Step(f.now(), worker, dispatch.Bad{Why: err.Error()}))
		return
	}
	if !whole || weighed && g == nil {
		return
	}
	a := dispatch.Answer{Round: n.Round, Number: uint64(n.Node), Finite: g == nil || g.Finite()}
	if weighed && a.Finite {
		a.Sum = g.Hash()
	}
	taken := f.answer(worker, a, func() {
		defer took(&f.spent.reduce)()
		f.answers.sum.Put(gradient.Node(n.Node), g)
	})
	if !taken && g != nil {
		f.answers.pool.Put(g)
	}
}

// unit takes a score.
func (f *fleet) unit(worker string, u *protocol.Unit, body []byte) {
	if u.Term != f.lead.Term || !f.machine.Asked(worker, u.Round, u.Unit) {
		f.stats.late.Add(1)
		return
	}
	s, err := f.answers.unit(f.call, u, body)
	if err != nil {
		f.act(f.machine.Step(f.now(), worker, dispatch.Bad{Why: err.Error()}))
		return
	}
	a := dispatch.Answer{Round: u.Round, Number: uint64(u.Unit), Finite: s.Finite()}
	if f.machine.Weighed(u.Unit) {
		a.Sum = sha256.Sum256(body)
	}
	f.answer(worker, a, func() { f.answers.scores[u.Unit] = s })
}

// answer tells the machine of an answer, and says whether it was accepted.
func (f *fleet) answer(worker string, a dispatch.Answer, accept func()) (accepted bool) {
	f.accept = func() { accepted = true; accept() }
	f.act(f.machine.Step(f.now(), worker, a))
	f.accept = nil
	return accepted
}

// nonsense notes a message that no worker sends.
func (f *fleet) nonsense(worker, why string) {
	f.stats.refused.Add(1)
	f.log.Warn("a message that makes no sense", "worker", worker, "why", why)
	f.act(f.machine.Step(f.now(), worker, dispatch.Nonsense{Why: why}))
}
