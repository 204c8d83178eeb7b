// Package task defines the kinds of task: how a head turns the encoder's output into
// answers, the loss of these answers, and the scores in use in the field.
//
// Hidden states and labels go in; gradients, answers and counts that add come out. The
// package knows no encoder, no files and no network. A kind is a file and a line in kinds.
// A decoder is a file and a line in decoders, or a call of Register.
package task
