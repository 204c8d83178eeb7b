package encoder

import (
	"braid/gradient"
	"braid/internal/kernel"
	"braid/nn"
)

// NetworkWeights is Weights of all nodes of a Network.
type NetworkWeights struct{ joinedWeights }

// NewWeights returns room for one version of the parameters; see Encoder.NewWeights.
func (n *Network) NewWeights(backward bool) *NetworkWeights {
	var nodes []Weights
	for _, e := range n.nodes {
		nodes = append(nodes, e.NewWeights(backward))
	}
	return &NetworkWeights{newJoinedWeights(nodes, n.first.groups)}
}

// NetworkPass computes one block at a time on one goroutine. Begin a block, read the hidden states of tasks,
// and add their gradients. Backward then gives the gradients of the parameters. With several calls of Backward
// (Block.Backwards), each is for the gradients that were added since the one before.
type NetworkPass struct {
	network *Network
	weights *NetworkWeights
	block   *Block
	nodes   []nodePass
	views   []viewPass // by task
	room    []float32  // for a gradient that is added to another
}

// nodePass is the part of a node.
type nodePass struct {
	Pass
	block  Block
	masks  nn.Masks // of a private node
	hidden []float32
	ran    bool      // hidden is of the current block
	d      []float32 // gradient of hidden
	has    bool      // d has a gradient for the next Backward
}

// NewPass returns the scratch memory of one goroutine.
func (n *Network) NewPass() *NetworkPass {
	p := &NetworkPass{network: n, nodes: make([]nodePass, len(n.nodes)), views: make([]viewPass, len(n.views)),
		room: []float32{}}
	for i, e := range n.nodes {
		p.nodes[i].Pass, p.nodes[i].d = e.NewPass(), []float32{}
	}
	return p
}

// Begin goes to a block, which must not change until the next Begin. Hidden computes what tasks read.
func (p *NetworkPass) Begin(w *NetworkWeights, b *Block) {
	p.weights, p.block = w, b
	for i := range p.nodes {
		p.nodes[i].ran, p.nodes[i].has = false, false
	}
	for t := range p.views {
		p.views[t].ran = false
	}
}

// Hidden returns the hidden states that a task reads; see Pass.Forward. They are valid until the next Begin.
func (p *NetworkPass) Hidden(task int) []float32 {
	v, own := &p.network.views[task], &p.views[task]
	if v.private == 0 {
		return p.forward(v.shared)
	}
	if !own.ran {
		own.joined, own.ran = v.join(own.joined, p.forward(v.shared), p.forward(v.private)), true
	}
	return own.joined
}

// forward runs a node once for each block.
func (p *NetworkPass) forward(i int) (hidden []float32) {
	n := &p.nodes[i]
	if n.ran {
		return n.hidden
	}
	of := &p.network.nodes[i]
	n.block = *p.block
	if of.parent >= 0 {
		n.block.Rows = p.forward(of.parent)
	}
	if of.masks != 0 && p.block.Masks != nil {
		n.masks.OfPart(p.block.Masks, of.masks)
		n.block.Masks = &n.masks
	}
	n.hidden, n.ran = n.Forward(p.weights.parts[i], &n.block), true
	return n.hidden
}

// Room returns memory in which the caller may compute the gradient that the next Add takes. It is not nil.
func (p *NetworkPass) Room(task int) []float32 {
	v := &p.network.views[task]
	if n := &p.nodes[v.shared]; v.private == 0 && !n.has {
		return n.d
	}
	return p.room
}

// Add adds the gradient of the hidden states that a task reads. It takes over the memory of dHidden; the
// caller must not use this memory again.
func (p *NetworkPass) Add(task int, dHidden []float32) {
	v := &p.network.views[task]
	n := &p.nodes[v.shared]
	if v.private == 0 && !n.has {
		n.d, n.has = dHidden, true
		return
	}
	p.room = dHidden
	if v.private == 0 {
		kernel.AddTo(n.d, dHidden)
		return
	}
	v.split(dHidden, p.started(v.shared).d, p.started(v.private).d)
}

// Backward runs the nodes that tasks have added gradients to, and those below.
func (p *NetworkPass) Backward() {
	for i := len(p.nodes) - 1; i >= 0; i-- {
		n := &p.nodes[i]
		if !n.has {
			continue
		}
		n.has = false
		n.Pass.Backward(p.weights.parts[i], n.d)
		if parent := p.network.nodes[i].parent; parent >= 0 {
			p.nodes[parent].add(n.Pass.(*layersPass).dRows)
		}
	}
}

// add adds the gradient from a node above. It keeps no memory of d.
func (n *nodePass) add(d []float32) {
	if !n.has {
		n.d, n.has = append(n.d[:0], d...), true
		return
	}
	kernel.AddTo(n.d, d)
}

// Write sets dst to a shard's gradient of range i of Network.Ranges, which a task of the latest Backward must
// train.
func (p *NetworkPass) Write(i, shard int, dst []float32) {
	k, own := find(p.network.first.ranges, i)
	p.nodes[k].Write(own, shard, dst)
}

// Rows sets dst to a shard's gradient of a table, as Write.
func (p *NetworkPass) Rows(table, shard int, dst *gradient.Rows) {
	k, own := find(p.network.first.groups, table)
	p.nodes[k].Rows(own, shard, dst)
}
