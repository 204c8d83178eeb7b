// Package mtl balances tasks that share parameters: factors on the losses or the gradients of the tasks.
//
// A Balance knows its factors before a step, from the losses of finished steps. A Conflict method derives them from
// the step's own gradients: from their Gram matrix, and for some methods from the step's losses. The result of every
// method is one factor for each task, and the direction of descent is d = Σ_t α_t g_t.
//
// Factors are those of a sum: static weights are α_t = 1, and T identical gradients get factors with the sum T, except
// where a method fixes the length of d (Nash-MTL, FairGrad). Papers that start from the mean have factors T times
// smaller.
//
// Everything is a pure function in float64 with a fixed order of operations and no fused ones, so that the bits do not
// depend on the processor. State is a []float64 that the caller keeps and saves. The package does not know tasks by
// name, files, networks or the shape of gradients.
//
// T is the number of tasks, g_t the gradient of task t, G (T, T) the Gram matrix, C the matrix of cosines.
package mtl
