// Package rng generates random numbers that are a pure function of a key.
//
// The input is a Key: the job's seed, a Purpose and two numbers (a step, an example, a
// parameter ...). The output is a stream of 32-bit words. The stream is the same on every
// machine, in any order of calls and from any goroutine. There is no global state: the
// numbers of step n can be drawn without those of the steps before. The package does not
// know the use of the numbers.
//
// The generator is Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011.
package rng
