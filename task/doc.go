// Package task is the kinds of task: what a head computes from the encoder's output, what
// it loses, and how its answers are scored, as the field scores them.
//
// In go hidden states and targets, out come gradients and counts that add. It knows no
// encoder, no files and no network. A new kind is one new file and one line in kinds.
package task
