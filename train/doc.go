// Package train is the training loop: plan, compute, reduce, scale, clip, update, record.
//
// Input: a Setup (job, data, plan, model architecture) and a Fleet that computes gradients and scores, with goroutines
// of this process or with workers elsewhere. Output: a run directory, its summary, and Events on the way. The
// loop owns the parameters and the optimiser. It uses no network, no texts and no terminal.
//
// Everything that decides the result is a function of (job, data, step), so the state of a training is small:
// parameters, optimiser state, the step, and the best evaluation. A training that was killed resumes from its
// last checkpoint and ends with the same bits.
package train
