// Package runner trains on synthetic data with Braid's programs and measures the cost.
//
// The input is a Shape (a model and the shape of its data). The output is the figures of
// summary.json and the processor time of each program. The package knows only command lines.
package runner
