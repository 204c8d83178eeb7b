// Package optim updates parameters: a gradient goes in, and the parameters change in place.
//
// An update rule is a chain of Transforms, one per file. Adam with weight decay is decay, adam,
// descend; AdamW is shrink, adam, descend. fused.go computes the chains of Adam and AdamW in one
// pass over memory, and a test compares it with the chain.
//
// # Absent groups
//
// A group may be absent from the gradient (nil Dense and no Rows). Then its values, moments and step
// count stay, and weight decay does not apply. So a head keeps all bits in a step without its task,
// as with PyTorch's zero_grad(set_to_none=True).
//
// # Tables
//
// The gradient of a table holds the touched rows. There are two ways to update the other rows:
//
//   - sparse (the default): they keep values and moments. The step count is that of the table, as
//     in torch.optim.SparseAdam, which this equals for Adam. A row's momentum, running mean and
//     weight decay change only in steps that touch the row. Adagrad and plain SGD give the same
//     result either way.
//   - dense: they have gradient 0 and are updated with it, as torch.optim.Adam does for
//     torch.nn.Embedding(sparse=False).
//
// # Bits
//
// Results do not depend on the number of goroutines: pieces are fixed and elements are
// independent. Norms are sums in float64 in a fixed order.
package optim
