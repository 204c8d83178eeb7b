// Package train is the loop: sample, plan, compute, reduce, balance, apply, record.
//
// What goes in: a job, its data as numbers, and a Fleet that computes gradients and
// scores, goroutines here or workers elsewhere. What comes out: a run directory and its
// summary, and Events on the way for whoever draws them. The loop owns the parameters
// and the optimiser; it knows no network, no text and no terminal.
//
// Everything that decides the result is a function of (job, data, step), so the state of a
// training is small: parameters, moments, the step, and what was best so far. A training
// that was killed goes on from its last checkpoint and ends with the same bits.
package train
