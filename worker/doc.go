// Package worker joins a coordinator over NATS, fetches what the job needs by hash, computes the nodes and blocks that
// it is ordered, and answers.
//
// The decisions are made by worker/session, which has no clock, network or goroutine. This package drives it with three
// goroutines: the loop gives messages, events and ticks to the session; the goroutine of the bulk connection gives it
// parameters; the computer owns the model, applies parameters and computes orders. Nothing that a worker computes
// depends on what it computed before.
package worker
