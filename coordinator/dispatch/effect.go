package dispatch

import "braid/protocol"

// Effect is an action of the driver.
type Effect interface{ effect() }

// Send sends a message to a session of a worker. With Void, NATS reports if the subject has no subscriber.
type Send struct {
	Worker, Session string
	Message         protocol.Message
	Void            bool
}

// Admit begins listening to a session of a worker. It precedes the Welcome.
type Admit struct{ Worker, Session string }

// Remove ends listening to a session that was admitted.
type Remove struct{ Worker, Session string }

// Silent reports that a worker is silent: other workers must not wait until it has received parameters.
type Silent struct{ Worker string }

// Say writes a line to the log. Lines of one Kind differ in names and numbers only.
type Say struct {
	Warn       bool
	Kind, Text string
}

// Wait reports why the round waits, for how long, and until when.
type Wait struct{ Text string }

// Accept adds the current answer to the round's sum.
type Accept struct{ Number uint32 }

// Restart restarts the round under another number: accepted answers are dropped.
type Restart struct{ Round uint64 }

// Withdraw ends the round without a result: the results of the steps from Step on, counted from 0, may be wrong.
type Withdraw struct {
	Step uint64
	Text string
}

// Quarantined reports a worker that is excluded for the rest of the term.
type Quarantined struct{ Worker, Name, Why string }

// Done reports that every unit of the round was answered.
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
func (Restart) effect()     {}
func (Withdraw) effect()    {}
func (Quarantined) effect() {}
func (Done) effect()        {}
func (Fail) effect()        {}
