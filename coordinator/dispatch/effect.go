package dispatch

import "braid/protocol"

// Effect is something that the shell does: Send, Snapshot, Say, Wait, Done, Fail.
type Effect interface{ effect() }

// Send sends a message to a worker. With Void, NATS is asked to say if nobody is there.
type Send struct {
	Worker  string
	Message protocol.Message
	Void    bool
}

// Snapshot sends all parameters to a worker that missed some.
type Snapshot struct{ Worker string }

// Say goes to the log.
type Say struct {
	Warn bool
	Text string
}

// Wait says what the round waits for, how long already and until when.
type Wait struct{ Text string }

// Done says that every unit of the round was answered.
type Done struct{ Round uint64 }

// Fail ends the run.
type Fail struct{ Text string }

func (Send) effect()     {}
func (Snapshot) effect() {}
func (Say) effect()      {}
func (Wait) effect()     {}
func (Done) effect()     {}
func (Fail) effect()     {}
