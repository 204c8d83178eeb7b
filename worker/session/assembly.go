package session

import "braid/protocol"

// Assembly builds versions of a worker's parameters from chunks, and queues the chunks to apply and the orders to
// compute. Like a Machine it is pure. It is separate from the Machine because chunks arrive on a connection of their
// own, and another goroutine applies and computes. One goroutine at a time may call an Assembly.
//
// Tasks are done in the order in which they were queued. An order is queued only while the chunks before it make up the
// order's version, so no order is computed with a part of a version.
type Assembly struct {
	intake    Intake
	check     Check  // nil: there is no model yet, chunks are ignored
	session   uint64 // counts calls of Reset
	left      uint64 // see Received
	listening bool

	queue     []Task
	unapplied int // chunks that are in the queue or being applied

	applied        protocol.Progress // counts of the chunks that the model holds
	unacknowledged int               // bytes that were applied since the last acknowledgement
	chunk          int               // bytes of the largest chunk
	before         Received          // as of the last call
}

// Check returns an error if the body of a chunk does not fit the model.
type Check func(p *protocol.Params, body []byte) error

// Task is a chunk to apply or an order to compute.
type Task struct {
	Order *protocol.Order // nil: apply the chunk

	Params  *protocol.Params
	Body    []byte
	Version uint64 // of the parameters with this chunk, 0: of none

	session  uint64            // of the Assembly
	progress protocol.Progress // once the chunk is applied
}

// Received describes the parameters that have arrived. The newest chunks may not be applied yet.
type Received struct {
	Term     uint64
	Version  uint64            // 0: not a version, see Intake
	Newest   uint64            // version of the newest chunk
	Lost     bool              // chunks were lost
	Progress protocol.Progress // for an Ask

	// Left counts how often the parameters ceased to be a version. Each time, the orders in the queue are dropped.
	Left uint64
}

// Outcome lists the actions that the driver must take after a call.
type Outcome struct {
	Interrupt   bool  // end the current computation
	Changed     bool  // send the event Changed to the Machine
	Acknowledge bool  // send the event Acknowledge to the Machine
	Unusable    error // why the chunk counts as lost: it does not fit the model
}

// Reset begins the session of a Welcome. The queue is dropped.
func (a *Assembly) Reset(w *protocol.Welcome) Outcome {
	a.intake.Reset(w.Term, w.Feed)
	a.chunk = int(w.Chunk)
	a.session++
	a.check, a.left = nil, 0
	a.queue, a.unapplied = a.queue[:0], 0
	a.applied, a.unacknowledged, a.before = a.intake.Progress(), 0, a.Received()
	return Outcome{Interrupt: true}
}

// Use sets the check. From now on chunks count.
func (a *Assembly) Use(check Check) { a.check = check }

// Received describes the parameters that have arrived.
func (a *Assembly) Received() Received {
	in := &a.intake
	return Received{Term: in.term, Version: in.Version(), Newest: in.newest, Lost: in.lost,
		Progress: in.Progress(), Left: a.left}
}

// Applied returns the counts of the chunks that the model holds, for acknowledgements.
func (a *Assembly) Applied() protocol.Progress {
	p := a.applied
	p.Listening = a.listening
	return p
}

// Chunk handles a chunk of parameters. The Assembly keeps body.
func (a *Assembly) Chunk(p *protocol.Params, body []byte) (o Outcome) {
	if a.check == nil {
		return o
	}
	if a.intake.Expects(p) {
		if o.Unusable = a.check(p, body); o.Unusable != nil {
			a.intake.Lose()
		} else {
			a.intake.Count(p)
			a.queue = append(a.queue, Task{Params: p, Body: body, Version: a.intake.Version(),
				session: a.session, progress: a.intake.Progress()})
			a.unapplied++
		}
	}
	a.changed(&o)
	return o
}

// Position handles the coordinator's counts of the chunks that it has sent.
func (a *Assembly) Position(p *protocol.Position) (o Outcome) {
	if a.check == nil {
		return o
	}
	a.intake.Position(p)
	a.changed(&o)
	o.Acknowledge = true
	return o
}

// Listening notes whether the multicast reaches the worker.
func (a *Assembly) Listening(on bool) Outcome {
	a.listening = on
	return Outcome{Acknowledge: true}
}

// changed drops orders if the parameters have ceased to be their version, and finds out whether Received has changed.
func (a *Assembly) changed(o *Outcome) {
	a.settle()
	now := a.Received()
	if a.before.Version > 0 && now.Version != a.before.Version {
		o.Interrupt = true
		a.dropOrders()
		a.left++
		now.Left = a.left
	}
	was := a.before
	a.before = now
	was.Progress.Count, was.Progress.Seq = now.Progress.Count, now.Progress.Seq // new counts alone do not matter
	o.Changed = now != was
}

// Compute queues an order. It reports false, and drops the order, if the parameters are not the order's version.
func (a *Assembly) Compute(o *protocol.Order) bool {
	if a.check == nil || o.Term != a.intake.term || o.Version == 0 || o.Version != a.intake.Version() {
		return false
	}
	a.queue = append(a.queue, Task{Order: o, session: a.session})
	return true
}

// Cancel drops all orders. Chunks stay in the queue, because later chunks build on them.
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

// Next removes the first task from the queue and returns it. The caller must call Done before it calls Next again.
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

// chunkShares is how many acknowledgements the bytes of one chunk of full size get. Beats acknowledge smaller amounts.
const chunkShares = 4

// Done notes that a task is done.
func (a *Assembly) Done(t Task) (o Outcome) {
	if t.Order != nil || t.session != a.session {
		return o
	}
	a.unapplied--
	a.applied = t.progress
	a.settle()
	a.unacknowledged += len(t.Body)
	if a.unacknowledged >= a.chunk/chunkShares || t.Params.Feed > 0 && t.Params.Last {
		a.unacknowledged, o.Acknowledge = 0, true
	}
	return o
}

// settle updates applied with counts that changed without a chunk, once all chunks are applied.
func (a *Assembly) settle() {
	if a.unapplied == 0 {
		a.applied = a.intake.Progress()
	}
}
