package session

import "braid/protocol"

// Assembly is a worker's parameters between the network and the model: which chunks count, when they are a
// version, and what is to do with them. It is pure, like Machine, but beside it: chunks arrive on a connection of
// their own, and the computing is done by a goroutine of its own. One goroutine at a time may call it.
//
// Chunks are applied and orders are computed in the order in which they were accepted. An order is accepted only
// while the chunks before it make the order's version, so no order is computed with a part of a version.
type Assembly struct {
	intake    Intake
	check     Check  // nil: there is no model yet, chunks are ignored
	session   uint64 // counts calls of Reset
	left      uint64 // see Received
	listening bool

	queue     []Task
	unapplied int // chunks that are in the queue or being applied

	applied protocol.Progress // what the model holds
	unsaid  int               // bytes that were applied since the last acknowledgement
	chunk   int               // bytes of the greatest chunk
	before  Received          // at the last call
}

// Check says why the body of a chunk does not fit the model, or nil.
type Check func(p *protocol.Params, body []byte) error

// Task is a chunk to apply or an order to compute.
type Task struct {
	Order *protocol.Order // nil: apply the chunk

	Params  *protocol.Params
	Body    []byte
	Version uint64 // of the parameters with this chunk, 0: of none

	session  uint64
	progress protocol.Progress // with this chunk
}

// Received is the state of the parameters that were received; the model may still lack the newest of them.
type Received struct {
	Term     uint64
	Version  uint64            // of the parameters, 0: of none; see Intake
	Newest   uint64            // version of the newest chunk
	Lost     bool              // chunks were lost
	Progress protocol.Progress // for a request of what is missing

	// Left counts how often the parameters have stopped being a version. Orders that were accepted before are
	// dropped then.
	Left uint64
}

// Outcome is what the driver does after a call.
type Outcome struct {
	Interrupt   bool  // end the computing of the order under way
	Changed     bool  // have Machine look at Received soon
	Acknowledge bool  // hand Acknowledge to Machine
	Unusable    error // the chunk does not fit the model, and counts as lost
}

// Reset begins the session of a Welcome: nothing has been received. What was queued is dropped.
func (a *Assembly) Reset(w *protocol.Welcome) Outcome {
	a.intake.Reset(w.Term, w.Feed)
	a.chunk = int(w.Chunk)
	a.session++
	a.check, a.left = nil, 0
	a.queue, a.unapplied = a.queue[:0], 0
	a.applied, a.unsaid, a.before = a.intake.Progress(), 0, a.Received()
	return Outcome{Interrupt: true}
}

// Use says that the model is there.
func (a *Assembly) Use(check Check) { a.check = check }

// Received returns the state of what was received.
func (a *Assembly) Received() Received {
	in := &a.intake
	return Received{Term: in.term, Version: in.Version(), Newest: in.newest, Lost: in.lost, Progress: in.Progress(), Left: a.left}
}

// Applied returns how far the model is, for acknowledgements.
func (a *Assembly) Applied() protocol.Progress {
	p := a.applied
	p.Listening = a.listening
	return p
}

// Chunk takes a chunk of parameters. The Assembly keeps body.
func (a *Assembly) Chunk(p *protocol.Params, body []byte) (o Outcome) {
	if a.check == nil {
		return o
	}
	if a.intake.Expects(p) {
		if o.Unusable = a.check(p, body); o.Unusable != nil {
			a.intake.Lose()
		} else {
			a.intake.Count(p)
			a.queue = append(a.queue, Task{Params: p, Body: body, Version: a.intake.Version(), session: a.session, progress: a.intake.Progress()})
			a.unapplied++
		}
	}
	a.changed(&o)
	return o
}

// Position takes the coordinator's count of what it has sent.
func (a *Assembly) Position(p *protocol.Position) (o Outcome) {
	if a.check == nil {
		return o
	}
	a.intake.Position(p)
	a.settle()
	a.changed(&o)
	o.Acknowledge = true
	return o
}

// Listening notes whether the multicast reaches the worker.
func (a *Assembly) Listening(on bool) Outcome {
	a.listening = on
	return Outcome{Acknowledge: true}
}

// changed drops orders whose version the parameters have left, and notes whether there is news.
func (a *Assembly) changed(o *Outcome) {
	now := a.Received()
	if a.before.Version > 0 && now.Version != a.before.Version {
		o.Interrupt = true
		a.dropOrders()
		a.left++
		now.Left = a.left
	}
	was := a.before
	a.before = now
	was.Progress.Count, was.Progress.Seq = now.Progress.Count, now.Progress.Seq // counts alone are no news
	o.Changed = now != was
}

// Compute takes an order. It reports false if the parameters are not of the order's version (any more).
func (a *Assembly) Compute(o *protocol.Order) bool {
	if a.check == nil || o.Term != a.intake.term || o.Version == 0 || o.Version != a.intake.Version() {
		return false
	}
	a.queue = append(a.queue, Task{Order: o, session: a.session})
	return true
}

// Cancel drops all orders. Chunks stay: later ones build on them.
func (a *Assembly) Cancel() Outcome {
	a.dropOrders()
	return Outcome{Interrupt: true}
}

func (a *Assembly) dropOrders() {
	kept := a.queue[:0]
	for _, t := range a.queue {
		if t.Order == nil {
			kept = append(kept, t)
		}
	}
	clear(a.queue[len(kept):])
	a.queue = kept
}

// Next returns the next task and takes it out of the queue. Hand it to Done before the next call.
func (a *Assembly) Next() (t Task, ok bool) {
	if len(a.queue) == 0 {
		return t, false
	}
	t = a.queue[0]
	last := copy(a.queue, a.queue[1:])
	a.queue[last] = Task{}
	a.queue = a.queue[:last]
	return t, true
}

// chunkShares is how many acknowledgements there are for the bytes of one chunk of full size. A heartbeat acknowledges
// what is less.
const chunkShares = 4

// Done notes that a task is done.
func (a *Assembly) Done(t Task) (o Outcome) {
	if t.Order != nil || t.session != a.session {
		return o
	}
	a.unapplied--
	a.applied = t.progress
	a.settle()
	a.unsaid += len(t.Body)
	if a.unsaid >= a.chunk/chunkShares || t.Params.Feed > 0 && t.Params.Last {
		a.unsaid, o.Acknowledge = 0, true
	}
	return o
}

// settle takes over what was received without a chunk, once nothing waits to be applied.
func (a *Assembly) settle() {
	if a.unapplied == 0 {
		a.applied = a.intake.Progress()
	}
}
