// Package coordinator leads a run: it takes the lease, stores job and data for the workers, and
// implements the train.Fleet that train.Run computes with.
//
// The protocol is in coordinator/dispatch and coordinator/stream, machines without clock or
// network. This package is their shell. One goroutine gives messages and ticks to the dispatch
// machine and carries out its effects, while the goroutine of train.Run waits. The publisher's
// goroutine sends parameters. Both read the parameters only while train.Run waits, so that no copy
// is needed.
//
// The package does not know how a model computes or how a step is planned.
package coordinator
