// Scale measures the cost of a step with 1, 2, 4, 8 (or more, by --workers) workers on this machine.
// It fits a model of the time of a step to the measurements and predicts the speed of 16, 64 and 256
// machines over links of 1 and 10 Gbit/s.
//
//	go run ./scripts/bench/scale [--steps 150] [--workers 8] [--bin DIR] [--json FILE]
//
// Every figure is the difference of two runs of different length, so that start-up cancels out.
// Processor time and bytes are measured rather than derived from the wall clock: eight workers on
// two cores show the work of a step, but not the time that it would take on eight machines. A relay
// between the workers and the server counts bytes, in separate runs. Predictions are labelled.
package main
