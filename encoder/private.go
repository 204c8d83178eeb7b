package encoder

import (
	"slices"

	"braid/internal/kernel"
	"braid/job"
	"braid/nn"
)

// view lists the nodes that a task reads: a shared one, and possibly a private one.
type view struct {
	shared, private int     // nodes; private is 0, which is a root, if the task has none
	width           [2]int  // of the hidden states of both nodes
	halves          int     // 2: directions stand together, as shared →, private →, shared ←, private ←
	orthogonality   float32 // factor of the penalty
}

// privateLayers returns the layers of a task's private node, over rows of the given width.
func privateLayers(t job.Task, shared job.LSTM, width int) *layers {
	l := t.Private.LSTM
	return newLayers("private."+t.Name, "", nn.LSTM{In: width, Hidden: l.Hidden, Layers: l.Layers,
		Bidirectional: l.Bidirectional, Dropout: float32(shared.Dropout), Locked: shared.Locked,
		Recurrent: float32(shared.RecurrentDropout), Place: placeWords + 1})
}

// viewOf returns the view of a task with a private node.
func (n *Network) viewOf(shared, private int, orthogonality float64) view {
	a, b := n.nodes[shared].Output(), n.nodes[private].Output()
	v := view{shared: shared, private: private, width: [2]int{a.Width, b.Width}, halves: 1,
		orthogonality: float32(orthogonality)}
	if a.Directions == 2 && b.Directions == 2 {
		v.halves = 2
	}
	return v
}

func (v *view) output() Output { return perWord(v.width[0]+v.width[1], v.halves) }

// join sets dst to the rows of both nodes side by side.
func (v *view) join(dst, shared, private []float32) []float32 {
	dst = slices.Grow(dst[:0], len(shared)+len(private))
	a, b := v.width[0]/v.halves, v.width[1]/v.halves
	for len(shared) > 0 {
		dst = append(append(dst, shared[:a]...), private[:b]...)
		shared, private = shared[a:], private[b:]
	}
	return dst
}

// split adds the columns of rows, in the order of join, to the rows of both nodes.
func (v *view) split(rows, shared, private []float32) {
	a, b := v.width[0]/v.halves, v.width[1]/v.halves
	for len(rows) > 0 {
		kernel.AddTo(shared[:a], rows[:a])
		kernel.AddTo(private[:b], rows[a:a+b])
		rows, shared, private = rows[a+b:], shared[a:], private[b:]
	}
}

// viewPass is the memory of one goroutine for a view with a private node.
type viewPass struct {
	joined  []float32 // (N, A+B)
	ran     bool      // joined is of the current block
	penalty nn.OrthogonalityState
}

// Penalised reports whether the loss of a task has a penalty on its two nodes.
func (n *Network) Penalised(task int) bool { return n.views[task].orthogonality > 0 }

// Penalty returns the penalty of a shard's texts, each times its weight, and adds scale times its gradient.
// weights are by text of the block. The texts of a shard that weigh nothing have none.
func (p *NetworkPass) Penalty(task, shard int, weights []float64, scale float32) (sum float64) {
	v := &p.network.views[task]
	shared, private := p.started(v.shared), p.started(v.private)
	m := nn.Orthogonality{A: v.width[0], B: v.width[1]}
	for _, i := range p.block.Layout.Seqs[shard] {
		if weights[i] == 0 {
			continue
		}
		factor := float64(v.orthogonality) * weights[i]
		sum += float64(factor * m.Loss(&p.views[task].penalty, p.block.Layout, int(i), shared.hidden, private.hidden,
			float32(float64(scale)*factor), shared.d, private.d))
	}
	return sum
}

// started returns a node whose gradient is 0 if no task has added one.
func (p *NetworkPass) started(i int) *nodePass {
	n := &p.nodes[i]
	if !n.has {
		n.d = slices.Grow(n.d[:0], len(n.hidden))[:len(n.hidden)]
		clear(n.d)
		n.has = true
	}
	return n
}
