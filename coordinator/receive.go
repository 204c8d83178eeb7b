package coordinator

import (
	"crypto/sha256"
	"strings"
	"time"

	"braid/coordinator/dispatch"
	"braid/coordinator/stream"
	"braid/gradient"
	"braid/protocol"
	"braid/transport"
)

// handle takes one message.
func (f *fleet) handle(m mail) {
	if s, ok := m.input.(dispatch.Say); ok {
		f.say(s)
		return
	}
	worker := m.box.address.Worker
	if f.boxes[worker] != m.box {
		return // it was removed while this waited
	}
	f.speaking = worker
	defer func() { f.speaking = "" }()
	switch v := m.message.(type) {
	case nil:
		f.input(worker, m.input)
	case *protocol.Node:
		f.node(worker, v, m.body)
	case *protocol.Unit:
		f.unit(worker, v, m.body)
	case *protocol.Unfetched:
		f.unfetched(v)
	case *protocol.Ask:
		f.progress(m.box.address, v.Term, v.Progress, (*stream.Machine).Ask)
		f.act(f.machine.Step(f.now(), worker, v))
	case *protocol.Ack:
		f.progress(m.box.address, v.Term, v.Progress, (*stream.Machine).Progress)
		f.act(f.machine.Step(f.now(), worker, v))
	case *protocol.Beat:
		f.progress(m.box.address, v.Term, v.Progress, (*stream.Machine).Progress)
		f.act(f.machine.Step(f.now(), worker, v))
	default:
		f.act(f.machine.Step(f.now(), worker, v))
	}
}

// input tells the machine what the mailbox has to say of its worker.
func (f *fleet) input(worker string, what any) {
	if n, ok := what.(dispatch.Nonsense); ok {
		f.stats.refused.Add(1)
		f.say(dispatch.Say{Warn: true, Kind: "nonsense", Text: "a message of " + worker + " makes no sense: " + n.Why})
	}
	f.act(f.machine.Step(f.now(), worker, what))
}

// receiveVoid takes NATS's word that nobody is there, on NATS's goroutine.
func (f *fleet) receiveVoid(r transport.Received) {
	select {
	case f.voids <- r:
	case <-f.done:
	}
}

func (f *fleet) handleVoid(r transport.Received) {
	a, ok := protocol.ParseAddress(strings.TrimPrefix(r.Subject, f.void+"."))
	if box := f.boxes[a.Worker]; ok && r.Void && box != nil && box.address == a {
		f.act(f.machine.Step(f.now(), a.Worker, dispatch.Void{}))
	}
}

// unfetched passes on what a worker could not fetch. A worker that tries again says so again.
func (f *fleet) unfetched(u *protocol.Unfetched) {
	if u.Term != f.lead.Term {
		return
	}
	select {
	case f.missing <- u.Hash:
	default:
	}
}

// progress tells the publisher how far a worker is.
func (f *fleet) progress(a protocol.Address, term uint64, p protocol.Progress, tell func(*stream.Machine, time.Duration, string, protocol.Progress)) {
	if term == f.lead.Term {
		f.publisher.do(func(m *stream.Machine, now time.Duration) { tell(m, now, a.String(), p) })
	}
}

// node takes a chunk of a gradient.
func (f *fleet) node(worker string, n *protocol.Node, body []byte) {
	f.act(f.machine.Step(f.now(), worker, dispatch.Chunk{Count: n.Count}))
	if n.Term != f.lead.Term || !f.machine.Asked(worker, n.Round, n.Node) {
		f.stats.late.Add(1)
		if n.Term == f.lead.Term && n.Last {
			f.act(f.machine.Step(f.now(), worker, dispatch.Late{Round: n.Round, Number: uint64(n.Node), Took: time.Duration(n.Nanos)}))
		}
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
	a := dispatch.Answer{Round: n.Round, Number: uint64(n.Node), Finite: g == nil || g.Finite(), Took: time.Duration(n.Nanos)}
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
		if u.Term == f.lead.Term {
			f.act(f.machine.Step(f.now(), worker, dispatch.Late{Round: u.Round, Number: uint64(u.Unit), Took: time.Duration(u.Nanos)}))
		}
		return
	}
	s, err := f.answers.unit(f.call, u, body)
	if err != nil {
		f.act(f.machine.Step(f.now(), worker, dispatch.Bad{Why: err.Error()}))
		return
	}
	a := dispatch.Answer{Round: u.Round, Number: uint64(u.Unit), Finite: s.Finite(), Took: time.Duration(u.Nanos)}
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
