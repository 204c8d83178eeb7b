// Package batch tells Linux that a program is there to compute.
//
// Coordinator and workers on one machine wake each other in the middle of what they do. As
// normal programs they then take each other's processor: the coordinator's, before it has
// written to the second worker, which begins when the first is done; and Go's monitor thread,
// which for some milliseconds looks every 70 µs after a program that has woken up, that of whoever
// computes. A batch program waits until a processor is free or its turn has come.
// See sched(7), SCHED_BATCH. No privilege is needed, and niceness stays as it is.
package batch
