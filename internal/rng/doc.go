// Package rng gives random numbers that are a pure function of what they are for.
//
// In goes a Key: the job's seed, a Purpose and two numbers (a step, an example, a
// parameter ...); out comes a stream of words, the same on every machine, in any order
// and from any goroutine. There is no global state: whoever has the job can draw the
// numbers of step n alone. The package knows nothing of what the numbers decide.
//
// The generator is Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011.
package rng
