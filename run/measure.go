package run

import "slices"

// Measure is the result of a measurement: the gradients of all tasks on one batch each, at the parameters before a
// step, and the tasks' losses on fixed training examples before and after the step. Nil fields were not finite.
type Measure struct {
	Tasks []string `json:"tasks"` // of all matrices

	// Chance is by task the planned probability that a step trains it; nil: every step trains every task.
	Chance []float64 `json:"chance,omitempty"`

	Encoder *Products `json:"encoder,omitempty"` // over the dense parameters that tasks share
	Tables  *Products `json:"tables,omitempty"`  // over the tables of embeddings that tasks share

	// Before and After are the mean losses by task on fixed training examples, without dropout.
	Before map[string]float64 `json:"before,omitempty"`
	After  map[string]float64 `json:"after,omitempty"`
}

// Products are inner products of the tasks' gradients, each multiplied by the weight of its task. A matrix is its lower
// triangle, row by row.
type Products struct {
	// Batch has g_i·g_j for the gradients of whole batches. Noise makes it too large on the diagonal, and elsewhere if
	// tasks share the examples.
	Batch []float32 `json:"batch"`

	// Halves estimates the same products without noise: 2 (a_i·b_j + b_i·a_j), where a and b are the parts of the
	// gradient from the two halves of a batch.
	Halves []float32 `json:"halves"`
}

// Finite reports whether all products are finite.
func (p *Products) Finite() bool {
	infinite := func(v float32) bool { return v-v != 0 }
	return !slices.ContainsFunc(p.Batch, infinite) && !slices.ContainsFunc(p.Halves, infinite)
}

// clean removes what JSON cannot represent.
func (m *Measure) clean() {
	for _, p := range []**Products{&m.Encoder, &m.Tables} {
		if *p != nil && !(*p).Finite() {
			*p = nil
		}
	}
	m.Before, m.After = finite(m.Before), finite(m.After)
}
