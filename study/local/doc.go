// Package local trains the runs of a study in this process: several at a time, each on one goroutine. Several
// processes, also of several machines with a shared disk, can train the runs of one study directory: the lock of a run
// directory decides who trains it.
package local
