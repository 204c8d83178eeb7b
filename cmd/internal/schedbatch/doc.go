// Package schedbatch moves the threads of a program to the Linux scheduling policy SCHED_BATCH.
//
// A coordinator and workers on one machine wake each other with messages. Under the default policy a
// thread that wakes may preempt a thread that computes: the coordinator loses its processor to the
// first worker before it has sent the message to the second worker, and a computing goroutine loses its
// processor to the monitor thread of the Go runtime, which polls every 20 to 70 µs after a wake-up. A
// thread under SCHED_BATCH does not preempt; it waits for a free processor or for the end of a time
// slice. The policy needs no privilege and keeps the niceness. See sched(7).
package schedbatch
