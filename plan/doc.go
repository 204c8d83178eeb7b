// Package plan says who is next: which tasks a step trains and which examples each shard
// gets, as a pure function of the job, the numbers of examples, and the step. Whoever has
// these can compute step n alone, so a coordinator and its workers never exchange lists
// of examples.
//
// It knows no texts, no gradients and no network. In go sizes, out come positions.
package plan
