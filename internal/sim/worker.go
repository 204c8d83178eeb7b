package sim

import (
	"fmt"
	"slices"
	"time"

	"braid/protocol"
	"braid/worker/session"
)

// worker drives the machines of worker/session on the virtual clock.
type worker struct {
	w       *world
	name    string
	session string
	machine *session.Machine
	params  session.Assembly
	credit  session.Allowance
	born    time.Duration
	dead    bool
	frozen  time.Duration // until when
	cut     time.Duration // until when
	held    []message     // arrived while it was frozen
	inbox   []any         // of the session

	subscribed bool // to the multicast of parameters
	term       uint64
	eventAt    time.Duration // when the newest event reaches the machine
	marked     time.Duration // when a Mark was last sent
	model      model
	busy       bool // with a task
	computing  *computation
}

func (w *world) start(name string) *worker {
	w.sessions++
	x := &worker{w: w, name: name, session: fmt.Sprint("s", w.sessions), born: w.now}
	x.machine = session.New(session.Config{Hello: protocol.Hello{Session: x.session, Host: "sim", Class: "sim",
		SelfTest: []byte{1}, MaxPayload: 1 << 20}})
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
		if x.credit.Blocked() && x.w.now-x.marked >= 250*time.Millisecond {
			x.marked = x.w.now
			x.send(message{Message: &protocol.Mark{Term: x.term, Count: x.credit.Sent()}})
		}
		x.machine.Local = x.local()
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
	switch v := m.Message.(type) {
	case *protocol.Params:
		x.do(x.params.Chunk(v, m.body))
	case *protocol.Position:
		x.do(x.params.Position(v))
	default:
		x.step(m.Message)
	}
}

// do carries out the outcome of a call of the assembly. Its events reach the session later, after other messages.
func (x *worker) do(o session.Outcome) {
	if o.Interrupt && x.computing != nil {
		x.end(x.computing)
	}
	if o.Changed {
		x.event(session.Changed{})
	}
	if o.Acknowledge {
		x.event(session.Acknowledge{})
	}
	x.work()
}

// event hands an event of another goroutine to the session, in order.
func (x *worker) event(e any) {
	delay := time.Duration(x.w.random.IntN(1000)) * time.Microsecond
	if x.w.chance(x.w.faults.Slow) {
		delay = time.Duration(x.w.random.IntN(300)) * time.Millisecond
	}
	x.eventAt = max(x.eventAt, x.w.now+delay)
	x.later(x.eventAt-x.w.now, func() { x.step(e) })
}

func (x *worker) local() session.Local {
	p := &x.params
	return session.Local{Blocked: x.credit.Blocked(), Received: p.Received(), Applied: p.Applied()}
}

// step hands a message or event to the session, in order.
func (x *worker) step(message any) {
	if x.inbox = append(x.inbox, message); len(x.inbox) == 1 {
		x.loop()
	}
}

// loop handles the inbox. At random, chunks arrive between the reading of the local state and the effects.
func (x *worker) loop() {
	local := x.local()
	handle := func() {
		x.machine.Local = local
		x.act(x.machine.Step(x.now(), x.inbox[0]))
		if x.inbox = x.inbox[1:]; len(x.inbox) > 0 {
			x.loop()
		}
	}
	if x.w.random.IntN(8) == 0 {
		x.later(time.Duration(x.w.random.IntN(500))*time.Microsecond, handle)
	} else {
		handle()
	}
}

func (x *worker) act(effects []session.Effect) {
	for _, e := range slices.Clone(effects) {
		switch e := e.(type) {
		case session.Send:
			x.send(message{Message: e.Message})
		case session.Fetch:
			x.fetch(e.Welcome)
		case session.Listen:
			x.listen(e.On)
		case session.Compute:
			x.params.Compute(&e.Order)
			x.work()
		case session.Cancel:
			x.do(x.params.Cancel())
		case session.Credit:
			x.credit.Allow(e.Limit, e.Fresh)
			if c := x.computing; c != nil && len(c.pieces) > 0 {
				x.proceed(c)
			}
		case session.Exit:
			x.w.remove(x)
		}
	}
}

// fetch gets the job, which takes some time.
func (x *worker) fetch(w protocol.Welcome) {
	x.term = w.Term
	x.do(x.params.Reset(&w))
	x.later(20*time.Millisecond, func() {
		if x.params.Received().Progress.Feed == w.Feed && x.term == w.Term {
			x.params.Use(fits)
			x.step(session.Fetched{Manifest: w.Manifest, Job: "job"})
		}
	})
}

// listen subscribes to the multicast or ends the subscription; the server takes some time to confirm it.
func (x *worker) listen(on bool) {
	x.subscribed = on
	x.later(time.Millisecond, func() { x.do(x.params.Listening(on && x.subscribed)) })
}

// later calls do after d, or once the worker is no longer frozen. A dead worker does nothing.
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

func (x *worker) send(m message) {
	if x.w.now < x.cut {
		return
	}
	x.w.carry(x.name, "leader", m.Message, func() {
		_, hello := m.Message.(*protocol.Hello)
		_, beat := m.Message.(*protocol.Beat)
		heard := false
		for _, l := range x.w.leaders { // all leaders that run and listen receive it
			if hello || l.seats[x.name] == x.session && !l.dead {
				heard = true
				l.receive(x.name, x.session, m)
			}
		}
		if beat && !heard && !x.dead && x.w.now >= max(x.frozen, x.cut) {
			x.step(session.Unheard{})
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
