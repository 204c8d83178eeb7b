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

// handle processes one message.
func (w *workers) handle(m mail) {
	if s, ok := m.input.(dispatch.Say); ok {
		w.say(s)
		return
	}
	worker := m.box.address.Worker
	if w.boxes[worker] != m.box {
		return // the session was removed while the message waited
	}
	w.speaking = worker
	defer func() { w.speaking = "" }()
	switch v := m.message.(type) {
	case nil:
		w.input(worker, m.input)
	case *protocol.Node:
		w.node(worker, v, m.body)
	case *protocol.ExampleBlock:
		w.unit(worker, v, m.body)
	case *protocol.Unfetched:
		w.unfetched(v)
	case *protocol.Ask, *protocol.Ack, *protocol.Beat:
		w.publisher.do(func(s *stream.Machine, now time.Duration) { s.Receive(now, m.box.address.String(), m.message) })
		w.act(w.machine.Step(w.now(), worker, v))
	default:
		w.act(w.machine.Step(w.now(), worker, v))
	}
}

// input passes a mailbox's own report about its worker to the machine.
func (w *workers) input(worker string, what any) {
	if n, ok := what.(dispatch.ProtocolViolation); ok {
		w.stats.refused.Add(1)
		w.say(dispatch.Say{Warn: true, Kind: "nonsense", Text: "a message of " + worker + " makes no sense: " + n.Why})
	}
	w.act(w.machine.Step(w.now(), worker, what))
}

// receiveVoid receives NATS's report that a message had no subscriber, on the subscription's goroutine.
func (w *workers) receiveVoid(r transport.Received) {
	select {
	case w.voids <- r:
	case <-w.done:
	}
}

func (w *workers) handleVoid(r transport.Received) {
	a, ok := protocol.ParseAddress(strings.TrimPrefix(r.Subject, w.void+"."))
	if box := w.boxes[a.Worker]; ok && r.Void && box != nil && box.address == a {
		w.act(w.machine.Step(w.now(), a.Worker, dispatch.NoResponder{}))
	}
}

// unfetched passes the hash of a blob that a worker could not fetch to the keeper. If the queue is full, the
// hash is dropped: the worker repeats its message.
func (w *workers) unfetched(u *protocol.Unfetched) {
	if u.Term != w.lead.Term {
		return
	}
	select {
	case w.missing <- u.Hash:
	default:
	}
}

// node processes a chunk of a gradient.
func (w *workers) node(worker string, n *protocol.Node, body []byte) {
	w.act(w.machine.Step(w.now(), worker, n))
	if n.Term != w.lead.Term || !w.machine.Asked(worker, n.Round, n.Node) {
		w.stats.late.Add(1)
		return
	}
	w.spent.compute = max(w.spent.compute, time.Duration(n.Nanos))
	joined := took(&w.spent.wire)
	weighed := w.machine.NeedsDigest(n.Node)
	g, whole, err := w.answers.node(worker, n, body, weighed)
	joined()
	if err != nil {
		w.act(w.machine.Step(w.now(), worker, dispatch.MalformedAnswer{Why: err.Error()}))
		return
	}
	if !whole || weighed && g == nil {
		return
	}
	a := dispatch.Answer{Round: n.Round, Number: uint64(n.Node), Finite: g == nil || g.Finite(),
		Took: time.Duration(n.Nanos)}
	if weighed && a.Finite {
		a.Digest = g.Hash()
	}
	taken := w.answer(worker, a, func() {
		defer took(&w.spent.reduce)()
		w.answers.sum.Put(gradient.Node(n.Node), g)
	})
	if !taken && g != nil {
		w.answers.pool.Put(g)
	}
}

// unit takes a score.
func (w *workers) unit(worker string, u *protocol.ExampleBlock, body []byte) {
	w.act(w.machine.Step(w.now(), worker, u))
	if u.Term != w.lead.Term || !w.machine.Asked(worker, u.Round, u.Block) {
		w.stats.late.Add(1)
		return
	}
	s, err := w.answers.unit(w.call, u, body)
	if err != nil {
		w.act(w.machine.Step(w.now(), worker, dispatch.MalformedAnswer{Why: err.Error()}))
		return
	}
	a := dispatch.Answer{Round: u.Round, Number: uint64(u.Block), Finite: s.Finite(), Took: time.Duration(u.Nanos)}
	if w.machine.NeedsDigest(u.Block) {
		a.Digest = sha256.Sum256(body)
	}
	w.answer(worker, a, func() { w.answers.scores[u.Block] = s })
}

// answer passes an answer to the machine and reports whether the machine accepted it.
func (w *workers) answer(worker string, a dispatch.Answer, accept func()) (accepted bool) {
	w.accept = func() { accepted = true; accept() }
	w.act(w.machine.Step(w.now(), worker, a))
	w.accept = nil
	return accepted
}
