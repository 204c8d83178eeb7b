// Package runner trains on made-up data with Braid's own programs and tells what it cost.
//
// In goes a Shape (a model and the shape of its data), out come the figures of summary.json and
// the processor time of each program. It knows the command lines and nothing behind them.
package runner
