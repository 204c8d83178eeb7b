package sim

import (
	"encoding/binary"
	"fmt"
	"time"

	"braid/coordinator/dispatch"
	"braid/coordinator/stream"
	"braid/gradient"
	"braid/protocol"
)

// trees of the steps of a schedule: one tree, and in every fourth schedule the gradients of three tasks apart.
func trees(seed uint64) gradient.Tree {
	if seed%4 == 2 {
		return gradient.Tree{S: 3, Trees: 3}
	}
	return gradient.Tree{S: 8}
}

// leader drives the machines of coordinator/dispatch and coordinator/stream on the virtual clock. Each step changes the
// parameters by a fixed rule.
type leader struct {
	w       *world
	machine *dispatch.Machine
	term    uint64
	born    time.Duration
	dead    bool
	frozen  bool
	seats   map[string]string // by worker: the session that is listened to
	held    []func()          // calls that wait until it thaws

	step    uint64 // done
	params  params
	change  stream.Change // since the round before
	added   params        // by the last step
	scores  bool          // the round is a scoring
	stream  *stream.Machine
	got     map[string]map[uint32]bool // chunks, by worker and node
	covered []bool                     // by unit
	wrong   []string                   // by unit: why the answer is wrong, "": it is right
	led     time.Duration
	name    string // worker of the current answer
	value   uint64 // the current answer

}

// State outlives a leader: the checkpoint, and the findings.
type State struct {
	Step    uint64
	Wrong   []string          // violations
	Tainted map[uint64]string // by step: a wrong answer that is part of it
	Waits   []string          // the last reports of waiting
	Done    []time.Duration   // when each step was done; a step that is repeated appears twice
}

func (w *world) lead(term uint64) {
	s := w.state
	l := &leader{w: w, term: term, born: w.now, step: s.Step, params: after(s.Step), led: -time.Hour,
		seats: map[string]string{}}
	l.machine = dispatch.New(dispatch.Config{Term: term, Leader: fmt.Sprint("leader", term), Job: "job", Manifest: "m",
		Identity: protocol.Identity{Class: "sim", SelfTest: []byte{1}}, Chunk: chunk, MinWorkers: 1,
		Audit: w.faults.Audit, Seed: 1})
	l.stream = stream.New(stream.Config{Term: term, Groups: groups, Chunk: chunk, Beat: 250 * time.Millisecond})
	w.leader = l
	w.leaders = append(w.leaders, l)
	l.tick()
	l.begin()
}

func (l *leader) now() time.Duration { return l.w.now - l.born }

// asleep reports that the leader is dead or frozen. In the latter case later is called when it thaws.
func (l *leader) asleep(later func()) bool {
	if l.frozen && !l.dead {
		l.held = append(l.held, later)
	}
	return l.dead || l.frozen
}

func (l *leader) thaw() {
	held := l.held
	l.frozen, l.held = false, nil
	for _, do := range held {
		do()
	}
}

func (l *leader) tick() {
	if l.asleep(l.tick) {
		return
	}
	if l.w.now-l.led >= 250*time.Millisecond {
		l.led = l.w.now
		l.toAll(message{Message: &protocol.Lead{Term: l.term, Leader: fmt.Sprint("leader", l.term), Job: "job"}})
	}
	l.act(l.machine.Tick(l.now()))
	l.stream.Tick(l.now())
	l.pump()
	l.w.after(50*time.Millisecond, l.tick)
}

// begin starts the round of the next step. Before every fifth there is a scoring with the same parameters.
func (l *leader) begin() {
	if l.asleep(l.begin) {
		return
	}
	l.change.Delta = l.w.delta
	number := l.stream.Begin(l.now(), l.change)
	l.w.versions[version{l.term, number}] = l.params
	l.clear()
	r := dispatch.Round(&dispatch.GradientRound{Step: l.step, Shards: l.w.tree.S, Trees: l.w.tree.Trees})
	if l.scores {
		r = &dispatch.ScoreRound{Step: l.step + 1, Blocks: l.w.tree.Units(), Split: "dev"}
	}
	l.act(l.machine.Step(l.now(), "", dispatch.Begin{Round: r, Version: number}))
	l.pump()
}

// pump sends the parameters that may be sent, and passes the events of the stream to the dispatcher.
func (l *leader) pump() {
	for {
		for _, e := range l.stream.Events() {
			switch e.Kind {
			case stream.Caught:
				l.act(l.machine.Step(l.now(), e.Worker, dispatch.Caught{}))
			case stream.Behind:
				l.act(l.machine.Step(l.now(), e.Worker, dispatch.Behind{Why: e.Why}))
			default:
				listen := &protocol.Listen{Term: l.term, On: e.Kind == stream.Listen}
				l.send(e.Worker, l.seats[e.Worker], message{Message: listen}, false)
			}
		}
		c, ok := l.stream.Next(l.now())
		if !ok {
			return
		}
		m := message{Message: c.Header, body: l.params.write(c.Items, false)}
		if c.Delta {
			m.body = l.added.write(c.Items, true)
		}
		if l.w.chance(l.w.faults.Misfit) {
			m.body = misfit
		}
		if c.Worker != "" {
			l.send(c.Worker, l.seats[c.Worker], m, false)
			continue
		}
		for _, name := range l.w.names {
			if l.w.workers[name].subscribed {
				l.send(name, "", m, false)
			}
		}
	}
}

// goBack continues from a step, as from a checkpoint.
func (l *leader) goBack(step uint64) {
	l.act(l.machine.Step(l.now(), "", dispatch.End{}))
	l.stream.Release()
	l.step, l.params, l.change = step, after(step), stream.Change{All: true}
	l.scores = false
	l.w.state.Step = min(l.w.state.Step, step)
	l.w.after(2*time.Millisecond, l.begin)
}

// done applies the step and begins the next round after a short pause.
func (l *leader) done() {
	l.act(l.machine.Step(l.now(), "", dispatch.End{}))
	l.stream.Release()
	l.change = stream.Change{}
	if l.scores {
		l.scores = false
		l.w.after(2*time.Millisecond, l.begin)
		return
	}
	l.change.Items, l.added = update(&l.params, l.step)
	l.step++
	l.scores = l.step%5 == 4
	l.w.state.Done = append(l.w.state.Done, l.w.now)
	if l.step%3 == 0 && l.w.leader == l {
		l.w.state.Step = l.step
	}
	l.w.after(2*time.Millisecond, l.begin)
}

func (l *leader) toAll(m message) {
	for _, name := range l.w.names {
		l.send(name, "", m, false)
	}
}

// send sends to one session of a worker, "" for the current one.
func (l *leader) send(name, session string, m message, void bool) {
	w := l.w
	if x := w.workers[name]; x == nil || session != "" && session != x.session {
		if void {
			w.after(time.Millisecond, func() {
				if !l.dead && !l.frozen && l.seats[name] == session {
					l.act(l.machine.Step(l.now(), name, dispatch.NoResponder{}))
				}
			})
		}
		return
	}
	w.carry("leader", name, m.Message, func() {
		if x := w.workers[name]; x != nil && (session == "" || session == x.session) {
			x.receive(m)
		}
	})
}

func (l *leader) receive(name, session string, m message) {
	if l.asleep(func() { l.receive(name, session, m) }) {
		return
	}
	if _, hello := m.Message.(*protocol.Hello); !hello && l.seats[name] != session {
		return // it was removed while this waited
	}
	l.stream.Receive(l.now(), name, m.Message)
	l.act(l.machine.Step(l.now(), name, m.Message))
	switch v := m.Message.(type) {
	case *protocol.Node:
		if v.Term == l.term && l.machine.Asked(name, v.Round, v.Node) {
			l.node(name, v, m.contents)
		}
	case *protocol.ExampleBlock:
		if v.Term == l.term && l.machine.Asked(name, v.Round, v.Block) {
			l.answer(name, v.Round, v.Block, m.contents, v.Nanos)
		}
	}
	l.pump()
}

// node collects the chunks of a node.
func (l *leader) node(name string, n *protocol.Node, value uint64) {
	key := fmt.Sprint(name, "/", n.Node)
	if l.got[key] == nil {
		l.got[key] = map[uint32]bool{}
	}
	l.got[key][n.Index] = true
	if len(l.got[key]) == chunksOf {
		delete(l.got, key)
		l.answer(name, n.Round, n.Node, value, n.Nanos)
	}
}

func (l *leader) answer(name string, round uint64, number uint32, value uint64, nanos int64) {
	a := dispatch.Answer{Round: round, Number: uint64(number), Finite: true, Took: time.Duration(nanos)}
	if l.machine.NeedsDigest(number) {
		binary.LittleEndian.PutUint64(a.Digest[:], value)
	}
	l.name, l.value = name, value
	l.act(l.machine.Step(l.now(), name, a))
}

// clear drops the answers of the round.
func (l *leader) clear() {
	units := l.w.tree.Units()
	l.got, l.covered, l.wrong = map[string]map[uint32]bool{}, make([]bool, units), make([]string, units)
}

// accept adds the current answer to the round.
func (l *leader) accept(number uint32) {
	wrong := ""
	if want := answerOf(l.params.sum(), l.step, number); l.value != want {
		wrong = fmt.Sprintf("step %d: node %d of %s is wrong", l.step, number, l.name)
	}
	lo, hi := int(number), int(number)+1
	if !l.scores {
		lo, hi = l.w.tree.Range(gradient.Node(number))
	}
	for u := lo; u < hi; u++ {
		l.covered[u], l.wrong[u] = true, wrong
	}
}

func (l *leader) act(effects []dispatch.Effect) {
	finished := false
	for _, e := range effects {
		switch e := e.(type) {
		case dispatch.Send:
			l.send(e.Worker, e.Session, message{Message: e.Message}, e.Void)
		case dispatch.Admit:
			if l.seats[e.Worker] != "" {
				l.w.state.Wrong = append(l.w.state.Wrong, e.Worker+" is admitted twice")
			}
			l.seats[e.Worker] = e.Session
		case dispatch.Remove:
			l.stream.Remove(e.Worker)
			if l.seats[e.Worker] != e.Session {
				l.w.state.Wrong = append(l.w.state.Wrong, e.Worker+" is removed and was not admitted")
			}
			delete(l.seats, e.Worker)
		case dispatch.Silent:
			l.stream.Silent(l.now(), e.Worker)
		case dispatch.Wait:
			l.w.state.Waits = append(l.w.state.Waits, fmt.Sprintf("%.1f s: %s", l.w.now.Seconds(), e.Text))
		case dispatch.Accept:
			l.accept(e.Number)
		case dispatch.Restart:
			l.clear()
		case dispatch.Withdraw:
			l.goBack(e.Step)
			return
		case dispatch.Fail:
			l.w.state.Wrong = append(l.w.state.Wrong, e.Text)
		case dispatch.Done:
			finished = true
		}
	}
	if finished {
		delete(l.w.state.Tainted, l.step)
		for u, ok := range l.covered {
			if !ok {
				l.w.state.Wrong = append(l.w.state.Wrong, fmt.Sprintf("step %d is done without unit %d", l.step, u))
			}
			if l.wrong[u] != "" {
				l.w.state.Tainted[l.step] = l.wrong[u]
			}
		}
		l.done()
	}
}
