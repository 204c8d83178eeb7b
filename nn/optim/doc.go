// Package optim improves parameters: a gradient goes in, the parameters change in place.
//
// An update rule is a chain of Transforms, a word a file, as the literature spells it:
// Adam with weight decay is decay → adam → descend, AdamW is adam → decay → descend.
// Where a pass over memory matters, fused.go does the whole chain at once; the chain is
// then its test.
//
// # Who is updated
//
// A group that is absent from the gradient (nil Dense and no Rows) is untouched: values,
// moments, step count and decay. So a head whose task was not in the step stays as it is,
// to the bit, as with PyTorch's zero_grad(set_to_none=True).
//
// A table's gradient holds touched rows only, and there are two semantics:
//
//   - sparse (the default): rows that were not touched keep values and moments; the step
//     count is the table's, as in torch.optim.SparseAdam, which this equals for Adam.
//     Momentum, RMSprop's average and weight decay are lazy in the same way: a row decays
//     only in steps that touch it. Adagrad and plain SGD are the same either way.
//   - dense: rows that were not touched have gradient 0 and are updated with it, moments
//     decay and all, as torch.optim.Adam does for torch.nn.Embedding(sparse=False).
//
// # Bits
//
// Results do not depend on the number of threads: slices are fixed and elements
// independent. Norms are sums in float64 in a fixed order.
package optim
