// Package model is an encoder and its heads: made from a job, asked for gradients while it
// learns, saved, and asked for answers.
//
// In go parameters and batches, out come gradients of tree nodes, scores and predictions.
// It knows no optimiser, no plan of its own and no network; only bundle.go touches files.
package model
