package encoder

import (
	"cmp"
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/internal/rng"
	"braid/job"
	"braid/nn"
)

// Network is the encoders of a model: one for each group of tasks, with its own parameters. It is a forest of
// nodes. The root of a group reads words; another node is layers that read the hidden states of their parent.
// Each task reads a node that its group shares, and its private node if it has one:
//
//	words, layer 1 ─┬─ layer 2 ── task b      words ─┬─ layers 1, 2 ─┬─ task d
//	                └─ task a                        └─ private ─────┘
//
// A job of one group without private nodes, whose tasks all read the last layer, has one node. A Network is
// immutable, and safe for any number of goroutines.
//
// Source: Søgaard and Goldberg 2016 (tasks at lower layers); Liu, Qiu and Huang 2017 (private nodes, without
// their adversary).
type Network struct {
	nodes  []node
	groups []nn.GroupSpec   // of the nodes, in their order
	ranges []gradient.Range // of the nodes, in their order
	first  struct {         // of each node, and their number at the end
		groups, ranges []int
	}
	views []view // by task
}

// node is an encoder, or layers over the hidden states of another node.
type node struct {
	Encoder
	parent int    // less than the node's own index; -1: a root
	masks  uint64 // key of the dropout masks of a private node; 0: those of the block
}

// NewNetwork returns the encoders of a job's tasks. Layers that no task reads are left out. It panics on an
// unknown kind of encoder, and on layers of a kind without layers, which package job refuses.
func NewNetwork(s Spec, tasks []job.Task) *Network {
	n := &Network{views: make([]view, len(tasks))}
	n.first.groups, n.first.ranges = []int{0}, []int{0}
	members, names := map[string][]int{}, []string(nil)
	for t, task := range tasks {
		if members[task.Group] == nil {
			names = append(names, task.Group)
		}
		members[task.Group] = append(members[task.Group], t)
	}
	for _, name := range names {
		n.addGroup(s, tasks, members[name], name)
	}
	return n
}

// rename puts the name of a group of tasks before the names of groups of parameters. These start with the
// values that they have without the group, so that all groups of tasks start with the same encoder.
func rename(groups []nn.GroupSpec, name string) {
	for i := range groups {
		if g := &groups[i]; name != "" {
			g.StartAs = cmp.Or(g.StartAs, g.Name)
			g.Name = "group." + name + "." + g.Name
		}
	}
}

// addGroup adds the encoder of a group, whose tasks are members.
func (n *Network) addGroup(s Spec, tasks []job.Task, members []int, name string) {
	root := len(n.nodes)
	if s.Job.Layered() {
		n.addLayers(s, tasks, members)
	} else {
		n.add(New(s), -1, 0)
		n.share(members, root)
	}
	rename(n.groups[n.first.groups[root]:], name)
	for _, t := range members {
		if task := tasks[t]; task.Private.On() {
			n.add(privateLayers(task, s.Job.LSTM, n.nodes[root].Output().Width), root, rng.Name(task.Name))
			n.views[t] = n.viewOf(n.views[t].shared, len(n.nodes)-1, task.Private.Orthogonality)
		}
	}
}

// share makes a node the shared one of some tasks.
func (n *Network) share(tasks []int, node int) {
	for _, t := range tasks {
		n.views[t].shared = node
	}
}

// addLayers adds the shared nodes of a group: one for each layer that tasks read, with the layers since the last one.
// If there is a private node, which reads the input rows, a node without layers comes first.
func (n *Network) addLayers(s Spec, tasks []job.Task, members []int) {
	readers := make([][]int, s.Job.LSTM.Layers+1) // by layer
	lowest, private := s.Job.LSTM.Layers, false
	for _, t := range members {
		layer := s.Job.LayerOf(tasks[t])
		readers[layer] = append(readers[layer], t)
		lowest, private = min(lowest, layer), private || tasks[t].Private.On()
	}
	at := 0 // layers so far
	if private {
		n.add(newInput(s), -1, 0)
	} else {
		at = lowest
		n.add(newLowerLSTM(s, at), -1, 0)
	}
	for layer, tasks := range readers {
		if len(tasks) == 0 {
			continue
		}
		top := len(n.nodes) - 1
		if layer > at {
			n.add(sharedLayers(s.Job.LSTM, n.nodes[top].Output().Width, at, layer), top, 0)
			top, at = top+1, layer
		}
		n.share(tasks, top)
	}
}

// add adds a node.
func (n *Network) add(e Encoder, parent int, masks uint64) {
	for _, r := range e.Ranges() {
		r.Slot += len(n.groups)
		n.ranges = append(n.ranges, r)
	}
	n.groups = append(n.groups, e.Groups()...)
	n.nodes = append(n.nodes, node{e, parent, masks})
	n.first.groups = append(n.first.groups, len(n.groups))
	n.first.ranges = append(n.first.ranges, len(n.ranges))
}

// Groups lists the groups of parameters.
func (n *Network) Groups() []nn.GroupSpec { return n.groups }

// Ranges cuts the gradients of all dense groups into ranges, in order; see Encoder.Ranges.
func (n *Network) Ranges() []gradient.Range { return n.ranges }

// Output describes the hidden states that a task reads.
func (n *Network) Output(task int) Output {
	if v := &n.views[task]; v.private > 0 {
		return v.output()
	}
	return n.nodes[n.views[task].shared].Output()
}

// Trains reports whether the loss of a task has a gradient in a group.
func (n *Network) Trains(task, group int) bool {
	of, _ := find(n.first.groups, group)
	v := n.views[task]
	if v.private > 0 && v.private == of {
		return true
	}
	for i := v.shared; i >= 0; i = n.nodes[i].parent {
		if i == of {
			return true
		}
	}
	return false
}

// AppendRows appends the rows of a table whose gradient one example may have; see Encoder.AppendRows.
func (n *Network) AppendRows(dst []uint32, table int, c *data.Corpus, example uint32) []uint32 {
	i, own := find(n.first.groups, table)
	return n.nodes[i].AppendRows(dst, own, c, example)
}

// Products counts the multiply-adds of the matrix products of a forward pass for some tasks.
func (n *Network) Products(tasks []int, words, texts int) (sum int) {
	for i := range n.nodes {
		group := n.first.groups[i]
		if slices.ContainsFunc(tasks, func(t int) bool { return n.Trains(t, group) }) {
			sum += n.nodes[i].Products(words, texts)
		}
	}
	return sum
}
