package sim

import (
	"time"

	"braid/gradient"
	"braid/protocol"
	"braid/worker/session"
)

// bad is the name of the worker that is mute or late.
const bad = "w0"

// chunksOf is how many chunks a node's gradient has.
const chunksOf = 3

// computation is the order that a worker computes, one number after the other. The pieces of an answer wait for credit.
type computation struct {
	task    session.Task
	numbers []uint32
	begun   time.Duration
	pieces  []message // of the first number's answer
}

// work does the next task of the assembly.
func (x *worker) work() {
	if x.busy || x.dead {
		return
	}
	t, ok := x.params.Next()
	if !ok {
		return
	}
	x.busy = true
	if t.Order == nil {
		x.later(time.Duration(x.w.random.IntN(500))*time.Microsecond, func() {
			x.model.apply(t.Body, t.Params.Delta, t.Version > 0)
			x.done(t)
		})
		return
	}
	numbers, _ := protocol.Numbers(t.Order.Nodes, len(t.Order.Nodes)/4)
	x.w.checkVersion(x, t.Order)
	x.computing = &computation{task: t, numbers: numbers, begun: x.w.now}
	x.compute(x.computing)
}

func (x *worker) done(t session.Task) {
	x.busy = false
	x.do(x.params.Done(t))
}

// end ends a computation, done or not.
func (x *worker) end(c *computation) {
	x.computing = nil
	x.credit.GiveUp()
	x.done(c.task)
}

// compute computes the first of the numbers that are left.
func (x *worker) compute(c *computation) {
	if len(c.numbers) == 0 {
		x.end(c)
		return
	}
	x.later(x.takes(c.task.Order, c.numbers[0]), func() {
		if x.computing == c {
			c.pieces = x.answer(c, c.numbers[0])
			x.proceed(c)
		}
	})
}

// proceed sends pieces as far as credit goes.
func (x *worker) proceed(c *computation) {
	for len(c.pieces) > 0 {
		m := c.pieces[0]
		if n, ok := m.Message.(*protocol.Node); ok {
			if n.Count, ok = x.credit.Take(); !ok {
				return
			}
		}
		c.pieces = c.pieces[1:]
		if x.name != bad || !x.w.faults.Mute && !x.w.faults.Lost {
			x.send(m)
		}
	}
	if o := c.task.Order; x.name != bad || !x.w.faults.Mute {
		x.event(session.Sent{Term: o.Term, Round: o.Round, Number: c.numbers[0]})
	}
	c.numbers = c.numbers[1:]
	x.compute(c)
}

// takes is how long a node or unit takes.
func (x *worker) takes(o *protocol.Order, number uint32) time.Duration {
	units := 1
	if o.Kind == protocol.RoundGradient {
		lo, hi := x.w.tree.Range(gradient.Node(number))
		units = hi - lo
	}
	return time.Duration(units) * time.Duration(2000+x.w.random.IntN(4000)) * time.Microsecond
}

// answer makes the pieces of an answer.
func (x *worker) answer(c *computation, number uint32) (pieces []message) {
	if x.name == bad {
		x.w.late = min(x.w.late+x.w.faults.Grow, time.Minute)
	}
	o, took := c.task.Order, (x.w.now - c.begun).Nanoseconds()
	step := o.Step
	if o.Kind == protocol.RoundScore {
		step--
	}
	value := answerOf(x.model.packed.sum(), step, number)
	if x.w.faults.Liar && x.name == "w1" {
		value = mix(value)
	}
	if o.Kind == protocol.RoundScore {
		score := &protocol.ExampleBlock{Term: o.Term, Round: o.Round, Block: number, Nanos: took}
		return []message{{Message: score, contents: value}}
	}
	for i := range chunksOf {
		n := &protocol.Node{Term: o.Term, Round: o.Round, Step: o.Step, Node: number,
			Part: protocol.Part{Index: uint32(i), Last: i == chunksOf-1}, Nanos: took}
		pieces = append(pieces, message{Message: n, contents: value})
	}
	return pieces
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

// answerOf is the answer for a node or unit of a step with some parameters.
func answerOf(contents, step uint64, number uint32) uint64 {
	return mix(contents, step, uint64(number))
}
