package dispatch

import "braid/protocol"

// Effect is something that the shell does.
type Effect interface{ effect() }

// Send sends a message to a session of a worker. With Void, NATS is asked to say if nobody is there.
type Send struct {
	Worker, Session string
	Message         protocol.Message
	Void            bool
}

// Admit listens to a session of a worker from now on. It comes before the Welcome.
type Admit struct{ Worker, Session string }

// Remove ends listening to a session that was admitted.
type Remove struct{ Worker, Session string }

// Silent says that a worker has not spoken for long: nobody is to wait until it receives parameters.
type Silent struct{ Worker string }

// Say goes to the log. Lines of one Kind differ in their names and figures.
type Say struct {
	Warn       bool
	Kind, Text string
}

// Wait says what the round waits for, how long already and until when.
type Wait struct{ Text string }

// Accept puts the answer that was just given into the round's sum.
type Accept struct{ Number uint32 }

// Anew says that the round begins again under another number: what was accepted is
// dropped.
type Anew struct{ Round uint64 }

// Withdraw ends the round without a result: the numbers of steps from Step on, counted
// from 0, are not to be trusted.
type Withdraw struct {
	Step uint64
	Text string
}

// Quarantined names a worker that is shut out for the rest of the term.
type Quarantined struct{ Worker, Name, Why string }

// Done says that every unit of the round was answered.
type Done struct{ Round uint64 }

// Fail ends the run.
type Fail struct{ Text string }

func (Send) effect()        {}
func (Admit) effect()       {}
func (Remove) effect()      {}
func (Silent) effect()      {}
func (Say) effect()         {}
func (Wait) effect()        {}
func (Accept) effect()      {}
func (Anew) effect()        {}
func (Withdraw) effect()    {}
func (Quarantined) effect() {}
func (Done) effect()        {}
func (Fail) effect()        {}
