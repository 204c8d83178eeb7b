// Package worker joins a coordinator over NATS, fetches what the job needs by hash,
// computes the nodes of the tree that it is ordered to, and answers.
//
// The protocol itself is worker/session, a machine without clock or network. This package
// is its shell: one goroutine gives it messages and ticks and does what it says; another
// owns the engine, applies parameters and computes, in the order in which it was told.
// Nothing that a worker computes depends on what it computed before.
package worker
