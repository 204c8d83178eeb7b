// Package measure summarises the measurements of a run: the cosines of the tasks' gradients, their noise, each
// task's share of the movement, and the effect of each task's steps on the losses of all tasks.
//
// Inner products of gradients are averaged over measurements before they are divided. Of the products of independent
// halves of batches (run.Products), the mean has no bias from the noise of batches, on the diagonal neither, so a
// cosine made of such means has none to first order. A cosine of the gradients of two batches has: noise makes every
// length too large, and the cosine too small.
//
// The package reads no file. Its results decide nothing in a training.
package measure
