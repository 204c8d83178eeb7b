// Package model joins an encoder and the heads of the tasks to a model.
//
// An Architecture has the shapes of a job's model. An Engine computes gradients of tree nodes and
// scores of examples. A Bundle is a model directory. Weights are one version of the parameters,
// packed, and a Predictor answers texts with them for any number of goroutines.
//
// In go parameters and batches, out come gradients, scores and predictions. The package knows no
// optimiser and no network, and follows plans that others make. Only bundle.go and the files that
// it uses read and write files.
package model
