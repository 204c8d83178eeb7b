// Package session is the worker's side of the protocol, without clock, network or goroutine. Package worker drives it,
// and so does the simulator.
//
// A Machine is the conversation with the coordinator: messages, events of the driver and ticks go in, effects come out.
//
//	seeking ─Lead─▶ joining ─Welcome─▶ fetching ─Fetched─▶ ready ─Lead finished─▶ over
//	   ▲               ▲                                     │
//	   │               └── newer term, other leader, Unknown ┘
//	   └── the leader is silent for forgetBeats
//
// A ready worker computes an order with the parameters of the order's version. A worker that has missed parameters asks
// for them. An order of a newer round, or newer parameters, ends the work on older orders.
//
// An Assembly makes versions of the chunks of parameters, and queues the chunks to apply and the orders to compute. An
// Allowance counts the chunks of gradients that may be sent. The driver shows the state of both to the Machine in
// Local.
package session
