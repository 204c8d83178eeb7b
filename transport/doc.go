// Package transport carries bytes over NATS. It alone imports nats.go and nats-server. It
// publishes and receives frames, stores blobs under their hash, keeps the records of jobs, and
// holds the lease that decides which coordinator leads.
//
// Core NATS drops messages of a subscription above its pending limit and does not inform the
// publisher. The limits are therefore as high as memory allows, senders obey credit (package
// protocol), and every drop is counted: Counters.Dropped is exported, and a connection that
// dropped a message reports an error by Broken, which ends the program.
//
// The package does not know training or the protocol's states: coordinator/dispatch and
// worker/session decide which message follows which.
package transport
