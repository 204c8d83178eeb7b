package session

import "braid/protocol"

// Effect is an action of the driver: one of the types below.
type Effect interface{ effect() }

// Effects.
type (
	// Send sends a message to the leader.
	Send struct{ Message protocol.Message }
	// Fetch gets the items that a Welcome names. The driver answers with Fetched or NotFetched.
	Fetch struct{ Welcome protocol.Welcome }
	// Listen subscribes to the multicast of parameters, or ends the subscription.
	Listen struct{ On bool }
	// Compute hands an order to the Assembly. The driver answers each node or block with Sent.
	Compute struct{ Order protocol.Order }
	// Cancel ends all computing.
	Cancel struct{}
	// Credit allows chunks up to a total since the Welcome. A fresh Credit restarts the count.
	Credit struct {
		Limit uint64
		Fresh bool
	}
	// Exit ends the program. Err is nil if the worker has done its work.
	Exit struct{ Err error }
	// Say writes a line to the log.
	Say struct {
		Warn bool
		Text string
	}
)

func (Send) effect()    {}
func (Fetch) effect()   {}
func (Listen) effect()  {}
func (Compute) effect() {}
func (Cancel) effect()  {}
func (Credit) effect()  {}
func (Exit) effect()    {}
func (Say) effect()     {}
