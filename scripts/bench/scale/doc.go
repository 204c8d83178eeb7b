// Scale measures what a step costs with 1, 2, 4 and 8 workers (or more, by --workers) on this machine, fits a model of
// the step's time to it, and says what 16, 64 and 256 machines would give over links of 1 and
// 10 Gbit/s.
//
//	go run ./scripts/bench/scale [--steps 150] [--workers 8] [--bin DIR] [--json FILE]
//
// Every figure is a difference of two runs of different length, so that starting up cancels.
// Processor time and bytes are measured, not guessed from the wall clock: eight workers on two
// cores tell nothing about time, but everything about work. Bytes are counted by a relay between
// the workers and the server, in runs of their own. What is predicted and not measured
// says so.
package main
