// Package coordinator leads a run: it takes the lease, puts job and data where workers can
// fetch them, and is the train.Fleet that train.Run computes with.
//
// The protocol itself is coordinator/dispatch, a machine without clock or network. This
// package is its shell: one goroutine gives it messages and ticks and does what it says;
// the goroutine of train.Run waits for it. Another goroutine, the publisher, sends parameters. They are
// read only while train.Run waits,
// so nothing is copied for safety.
package coordinator
