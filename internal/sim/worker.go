package sim

import (
	"fmt"
	"time"

	"braid/gradient"
	"braid/protocol"
	"braid/worker/session"
)

// worker is a session and a shell that computes nothing.
type worker struct {
	w       *world
	name    string
	session string
	machine *session.Machine
	born    time.Duration
	dead    bool
	frozen  time.Duration // until when
	cut     time.Duration // until when
	held    []message     // what arrived while it was frozen

	params     params
	intake     session.Intake
	subscribed bool // to the multicast of parameters
	listening  bool // knows that it is
	term       uint64

	queue       []protocol.Order
	busy        int // counts what was begun, so that a cancelled computation is not finished
	sent, limit uint64
	marked      time.Duration // when a Mark was last sent
	waiting     []func()      // chunks that wait for credit
}

func (w *world) start(name string) *worker {
	w.sessions++
	x := &worker{w: w, name: name, session: fmt.Sprint("s", w.sessions), born: w.now}
	x.machine = session.New(session.Config{Hello: protocol.Hello{Session: x.session, Host: "sim", Class: "sim", SelfTest: []byte{1}, MaxPayload: 1 << 20}})
	w.workers[name] = x
	w.names = append(w.names, name)
	x.tick()
	return x
}

func (x *worker) now() time.Duration { return x.w.now - x.born }

func (x *worker) tick() {
	if x.dead {
		return
	}
	if x.w.now >= x.frozen {
		x.said()
		x.machine.Blocked = len(x.waiting) > 0
		if x.machine.Blocked && x.w.now-x.marked >= 250*time.Millisecond {
			x.marked = x.w.now
			x.send(message{Message: &protocol.Mark{Term: x.term, Count: x.sent}})
		}
		x.act(x.machine.Tick(x.now()))
	}
	x.w.after(50*time.Millisecond, x.tick)
}

// receive takes a message, or keeps it until the worker thaws.
func (x *worker) receive(m message) {
	switch {
	case x.dead || x.w.now < x.cut:
	case x.w.now < x.frozen:
		x.held = append(x.held, m)
	default:
		x.take(m)
	}
}

func (x *worker) thaw() {
	held := x.held
	x.held = nil
	for _, m := range held {
		x.receive(m)
	}
}

func (x *worker) take(m message) {
	m.Message = x.plant(m.Message)
	switch v := m.Message.(type) {
	case *protocol.Params:
		if x.intake.Take(v) {
			x.cancel()
			for i, item := range m.items {
				if v.Delta {
					x.params[item] += m.values[i]
				} else {
					x.params[item] = m.values[i]
				}
			}
		}
		x.received()
	case *protocol.Position:
		x.intake.Position(v)
		x.received()
	default:
		x.said()
		x.act(x.machine.Step(x.now(), m.Message))
	}
}

// said fills in what the machine's beats say.
func (x *worker) said() {
	x.machine.Progress = x.intake.Progress()
	x.machine.Progress.Listening = x.listening
}

// received tells the machine of what came, and acknowledges it.
func (x *worker) received() {
	x.said()
	in := &x.intake
	x.act(x.machine.Step(x.now(), session.Received{Term: x.term, Version: in.Version(), Newest: in.Newest(), Lost: in.Lost(), Progress: in.Progress()}))
	x.act(x.machine.Step(x.now(), session.Applied{}))
}

// plant breaks a rule for the machine, which does not know.
func (x *worker) plant(m protocol.Message) protocol.Message {
	switch v := m.(type) {
	case *protocol.Params:
		changed := *v
		switch {
		case x.w.faults.Planted == "terms":
			changed.Term = x.term
		case x.w.faults.Planted == "gaps" && v.Feed == 0:
			changed.Count = x.intake.Progress().Seq + 1
		case x.w.faults.Planted == "gaps":
			changed.Count = x.intake.Progress().Count + 1
		}
		return &changed
	case *protocol.Position:
		if x.w.faults.Planted == "gaps" {
			changed := *v
			changed.Count, changed.Seq = x.intake.Progress().Count, v.Since
			return &changed
		}
	case *protocol.Order:
		if x.w.faults.Planted == "terms" {
			changed := *v
			changed.Term = x.term
			return &changed
		}
	}
	return m
}

func (x *worker) cancel() {
	x.busy++
	x.queue, x.waiting = nil, nil
}

func (x *worker) act(effects []session.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case session.Send:
			x.send(message{Message: e.Message})
		case session.Fetch:
			x.term = e.Welcome.Term
			x.intake.Reset(e.Welcome.Term, e.Welcome.Feed)
			manifest := e.Welcome.Manifest
			x.later(20*time.Millisecond, func() { x.act(x.machine.Step(x.now(), session.Fetched{Manifest: manifest, Job: "job"})) })
		case session.Listen:
			x.subscribed, x.listening = e.On, false
			if e.On {
				x.later(time.Millisecond, func() {
					x.listening = x.subscribed
					x.said()
					x.act(x.machine.Step(x.now(), session.Applied{}))
				})
			}
		case session.Compute:
			if x.intake.Version() != e.Order.Version {
				break
			}
			x.queue = append(x.queue, e.Order)
			if len(x.queue) == 1 {
				x.work()
			}
		case session.Cancel:
			x.cancel()
		case session.Credit:
			if e.Fresh {
				x.sent, x.limit = 0, 0
			}
			x.limit = max(x.limit, e.Limit)
			x.flush()
		case session.Exit:
			x.w.remove(x)
		}
	}
}

// later does something when the worker is neither dead nor frozen.
func (x *worker) later(d time.Duration, do func()) {
	x.w.after(d, func() {
		switch {
		case x.dead:
		case x.w.now < x.frozen:
			x.later(x.frozen-x.w.now, do)
		default:
			do()
		}
	})
}

// bad is the name of the worker that is mute or late.
const bad = "w0"

// work computes the first order of the queue, a node after the other.
func (x *worker) work() {
	o, mine, begun := x.queue[0], x.busy, x.w.now
	numbers, _ := protocol.Numbers(o.Nodes, len(o.Nodes)/4)
	var step func(i int)
	step = func(i int) {
		if mine != x.busy {
			return
		}
		if i == len(numbers) {
			if x.queue = x.queue[1:]; len(x.queue) > 0 {
				x.work()
			}
			return
		}
		x.later(x.takes(o, numbers[i]), func() {
			if mine == x.busy {
				x.answer(o, numbers[i], x.w.now-begun)
				step(i + 1)
			}
		})
	}
	step(0)
}

// takes is how long a node or unit takes.
func (x *worker) takes(o protocol.Order, number uint32) time.Duration {
	units := 1
	if o.Kind == protocol.RoundGradient {
		lo, hi := gradient.Tree{S: shards}.Range(gradient.Node(number))
		units = hi - lo
	}
	return time.Duration(units) * time.Duration(2000+x.w.random.IntN(4000)) * time.Microsecond
}

// chunksOf is how many chunks a node's gradient has.
const chunksOf = 3

func (x *worker) answer(o protocol.Order, number uint32, took time.Duration) {
	if x.name == bad {
		if x.w.faults.Lost {
			x.act(x.machine.Step(x.now(), session.Sent{Round: o.Round, Number: number}))
		}
		if x.w.faults.Mute || x.w.faults.Lost {
			return
		}
		x.w.late = min(x.w.late+x.w.faults.Grow, time.Minute)
	}
	step := o.Step
	if o.Kind == protocol.RoundScore {
		step--
	}
	value := answerOf(x.params.sum(), step, number)
	if x.w.faults.Liar && x.name == "w1" {
		value = mix(value)
	}
	if o.Kind == protocol.RoundScore {
		x.send(message{Message: &protocol.Unit{Term: o.Term, Round: o.Round, Unit: number, Nanos: took.Nanoseconds()}, contents: value})
		x.act(x.machine.Step(x.now(), session.Sent{Round: o.Round, Number: number}))
		return
	}
	for i := range chunksOf {
		n := &protocol.Node{Term: o.Term, Round: o.Round, Step: o.Step, Node: number, Part: protocol.Part{Index: uint32(i), Last: i == chunksOf-1}, Nanos: took.Nanoseconds()}
		m := message{Message: n, contents: value}
		last := i == chunksOf-1
		x.waiting = append(x.waiting, func() {
			n.Count = x.sent
			x.send(m)
			if last {
				x.act(x.machine.Step(x.now(), session.Sent{Round: o.Round, Number: number}))
			}
		})
	}
	x.flush()
}

// flush sends chunks as far as credit goes.
func (x *worker) flush() {
	for len(x.waiting) > 0 && x.sent < x.limit {
		send := x.waiting[0]
		x.waiting = x.waiting[1:]
		x.sent++
		send()
	}
}

func (x *worker) send(m message) {
	if x.w.now < x.cut {
		return
	}
	x.w.carry(x.name, "leader", m.Message, func() {
		_, hello := m.Message.(*protocol.Hello)
		_, beat := m.Message.(*protocol.Beat)
		heard := false
		for _, l := range x.w.leaders { // all that live and listen hear it
			if hello || l.seats[x.name] == x.session && !l.dead {
				heard = true
				l.receive(x.name, x.session, m)
			}
		}
		if beat && !heard && !x.dead && x.w.now >= max(x.frozen, x.cut) {
			x.act(x.machine.Step(x.now(), session.Unheard{}))
		}
	})
}

// remove takes a worker out of the world.
func (w *world) remove(x *worker) {
	x.dead = true
	if w.workers[x.name] == x {
		delete(w.workers, x.name)
	}
	for i, name := range w.names {
		if name == x.name {
			w.names = append(w.names[:i:i], w.names[i+1:]...)
			return
		}
	}
}

// mix makes one number of several, different for different ones.
func mix(values ...uint64) uint64 {
	h := uint64(14695981039346656037)
	for _, v := range values {
		h ^= v
		h *= 1099511628211
		h ^= h >> 29
	}
	return h
}

// answerOf is what a node or unit of a step is with some parameters.
func answerOf(contents, step uint64, number uint32) uint64 {
	return mix(contents, step, uint64(number))
}
