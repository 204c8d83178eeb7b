// Package plan decides which tasks a step trains and which examples each shard gets. A plan
// is a pure function of the job, the numbers of examples and the step. A coordinator and its
// workers compute step n each for themselves, so they never exchange lists of examples.
//
// In go sizes, out come positions. The package knows no texts, no gradients and no network.
package plan
