// Package encoder has the encoders, the part of a model that all tasks share. An encoder turns the
// words of texts into rows of numbers, the hidden states, from which the heads of the tasks compute
// their answers.
//
// A Network is the encoders of a job: it decides which tasks share which layers. Encoders do not know it.
//
// Each encoder is one file and one line in a table; see Register. An Encoder has shapes and no
// parameters, Weights are one packed version of its parameters, and a Pass computes one block of
// texts at a time, forward and backward. Nothing outside of an encoder's file knows how many
// groups of parameters it has, which of them are tables, or how it computes.
//
// The package knows no task, no model, no file and no network.
package encoder
