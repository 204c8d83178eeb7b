// Package session is the worker's side of the protocol as a machine: messages, events of
// the shell and ticks go in, effects come out. It knows no clock, network or goroutine;
// package worker is the shell that gives it those.
//
//	seeking ─Lead─▶ joining ─Welcome─▶ fetching ─Fetched─▶ ready ─Lead finished─▶ over
//	   ▲               ▲                                     │
//	   │               └── newer term, other leader, Unknown ┘
//	   └── the leader is silent for Forget
//
// A ready worker computes what it is ordered to with the parameters of the order's version,
// and asks for all of them when it has missed some. An order of a newer round, or newer
// parameters, end what it was doing.
package session
