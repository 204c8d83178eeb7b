package train

import (
	"fmt"

	"braid/gradient"
	"braid/internal/kernel"
	"braid/mtl"
	"braid/nn/optim"
	"braid/plan"
)

// momenta is M-ConFIG: an exponential mean of each task's gradients in the dense shared parameters, whose ConFIG
// combination replaces the gradient of a sampled step. Until every task has had a step, steps keep their gradient.
//
// Where we differ from the paper: the second moment is left to the optimiser of the job, which follows, and tables
// get the gradient of the step's task, since momenta would make every step change all rows.
// Source: Liu, Chu and Thuerey 2024 (arXiv 2408.11104), algorithm 1.
type momenta struct {
	beta   float64
	ranges []gradient.Range
	tasks  []string

	m       [][]float32 // by task: numbers of all ranges
	steps   []float64   // by task: steps that trained it
	gram    mtl.Gram    // of m
	factors []float64   // by task, of the current step; nil if it kept its gradient
}

func newMomenta(c Config) *momenta {
	n := 0
	m := &momenta{beta: c.Job.Training.Conflict.Beta, gram: mtl.NewGram(len(c.Job.Tasks)),
		steps: make([]float64, len(c.Job.Tasks))}
	for _, r := range c.Arch.SharedEncoder().Ranges {
		if !c.Arch.Shape().Slots[r.Slot].Table() {
			m.ranges = append(m.ranges, r)
			n += r.Len()
		}
	}
	for _, t := range c.Job.Tasks {
		m.tasks = append(m.tasks, t.Name)
		m.m = append(m.m, make([]float32, n))
	}
	return m
}

// restart sets all momenta to 0.
func (m *momenta) restart() {
	clear(m.steps)
	clear(m.gram.V)
	for _, x := range m.m {
		clear(x)
	}
}

// apply updates the momentum of a step's task with its gradient, mean times g, and replaces the gradient. A step that
// is not finite, and will be skipped, changes nothing.
func (m *momenta) apply(step plan.Step, g *gradient.Gradient, mean float32) {
	t := step.Streams[0].Tasks[0]
	m.factors = nil
	if !finite(g.Loss[t].Sum) || !g.Finite() {
		return
	}
	m.steps[t]++
	rest := float32(float64(mean) * (1 - m.beta))
	m.each(g, func(x []float32, lo int) {
		own := m.m[t][lo : lo+len(x)]
		kernel.Scale(float32(m.beta), own)
		kernel.Axpy(rest, x, own)
	})
	m.updateGram(t)
	corrected := make([]float64, len(m.m)) // 1/(1 - beta^steps)
	for i, n := range m.steps {
		if n == 0 {
			return
		}
		corrected[i] = 1 / (1 - mtl.Power(m.beta, n))
	}
	m.factors = mtl.ConFIG(m.gram.Scaled(corrected))
	m.each(g, func(x []float32, lo int) {
		clear(x)
		for i, f := range m.factors {
			// Divided by mean, since the root is multiplied by it later.
			kernel.Axpy(float32(float64(f*corrected[i])/float64(mean)), m.m[i][lo:lo+len(x)], x)
		}
	})
}

// each calls f for the numbers of g in each range; lo is their place in the momenta.
func (m *momenta) each(g *gradient.Gradient, f func(x []float32, lo int)) {
	lo := 0
	for _, r := range m.ranges {
		if x := g.Dense[r.Slot]; x != nil {
			f(x[r.Lo:r.Hi], lo)
		}
		lo += r.Len()
	}
}

// updateGram computes row and column t.
func (m *momenta) updateGram(t int) {
	n := m.gram.T
	for i := range n {
		v := kernel.Dot(m.m[t], m.m[i])
		m.gram.V[t*n+i], m.gram.V[i*n+t] = v, v
	}
}

// tensors returns the momenta for a checkpoint, without a copy.
func (m *momenta) tensors() []optim.Tensor {
	var all []optim.Tensor
	for t, x := range m.m {
		all = append(all, optim.Tensor{Name: "m_config." + m.tasks[t], Data: x})
	}
	return all
}

// restore copies the momenta of a checkpoint.
func (m *momenta) restore(steps []float64, o optim.State) error {
	own := m.tensors()
	if len(steps) != len(own) || len(o.Tensors) < len(own) {
		return fmt.Errorf("the momenta of training.conflict are missing: it is of another job")
	}
	tensors := o.Tensors[len(o.Tensors)-len(own):]
	for i, x := range own {
		if tensors[i].Name != x.Name || len(tensors[i].Data) != len(x.Data) {
			return fmt.Errorf("tensor %s of %d numbers in the place of %s of %d: it is of another job", tensors[i].Name,
				len(tensors[i].Data), x.Name, len(x.Data))
		}
		copy(x.Data, tensors[i].Data)
	}
	copy(m.steps, steps)
	for t := range own {
		m.updateGram(t)
	}
	return nil
}
