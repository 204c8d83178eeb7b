package encoder

import (
	"cmp"
	"slices"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
)

// Network is the encoders of a model: one for each group of tasks, with its own parameters. It is a forest of
// nodes. The root of a group reads words; another node is layers that read the hidden states of their parent.
// Each task reads one node of its group:
//
//	words, layer 1 ─┬─ layer 2 ── task b
//	                └─ task a
//
// A job of one group whose tasks all read the last layer has one node. A Network is immutable, and safe for any number
// of goroutines.
//
// Source: Søgaard and Goldberg 2016 (tasks at lower layers).
type Network struct {
	nodes  []node
	groups []nn.GroupSpec   // of the nodes, in their order
	ranges []gradient.Range // of the nodes, in their order
	first  struct {         // of each node, and their number at the end
		groups, ranges []int
	}
	reads []int // by task: the node
}

// node is an encoder, or layers over the hidden states of another node.
type node struct {
	Encoder
	parent int // less than the node's own index; -1: a root
}

// NewNetwork returns the encoders of a job's tasks. Layers that no task reads are left out. It panics on an
// unknown kind of encoder, and on layers of a kind without layers, which package job refuses.
func NewNetwork(s Spec, tasks []job.Task) *Network {
	n := &Network{reads: make([]int, len(tasks))}
	n.first.groups, n.first.ranges = []int{0}, []int{0}
	members, names := map[string][]int{}, []string(nil)
	for t, task := range tasks {
		if members[task.Group] == nil {
			names = append(names, task.Group)
		}
		members[task.Group] = append(members[task.Group], t)
	}
	for _, name := range names {
		from := len(n.groups)
		n.addGroup(s, tasks, members[name])
		rename(n.groups[from:], name)
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
func (n *Network) addGroup(s Spec, tasks []job.Task, members []int) {
	if !s.Job.Layered() {
		n.add(New(s), -1)
		for _, t := range members {
			n.reads[t] = len(n.nodes) - 1
		}
		return
	}
	var ends []int // of the nodes: the layers that tasks read
	for _, t := range members {
		ends = append(ends, s.Job.LayerOf(tasks[t]))
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	first := len(n.nodes)
	n.add(newLowerLSTM(s, ends[0]), -1)
	for i, end := range ends[1:] {
		below := n.nodes[first+i].Output()
		n.add(sharedLayers(s.Job.LSTM, below.Width, ends[i], end), first+i)
	}
	for _, t := range members {
		n.reads[t] = first + slices.Index(ends, s.Job.LayerOf(tasks[t]))
	}
}

// add adds a node.
func (n *Network) add(e Encoder, parent int) {
	for _, r := range e.Ranges() {
		r.Slot += len(n.groups)
		n.ranges = append(n.ranges, r)
	}
	n.groups = append(n.groups, e.Groups()...)
	n.nodes = append(n.nodes, node{e, parent})
	n.first.groups = append(n.first.groups, len(n.groups))
	n.first.ranges = append(n.first.ranges, len(n.ranges))
}

// Groups lists the groups of parameters.
func (n *Network) Groups() []nn.GroupSpec { return n.groups }

// Ranges cuts the gradients of all dense groups into ranges, in order; see Encoder.Ranges.
func (n *Network) Ranges() []gradient.Range { return n.ranges }

// Output describes the hidden states that a task reads.
func (n *Network) Output(task int) Output { return n.nodes[n.reads[task]].Output() }

// Trains reports whether the loss of a task has a gradient in a group.
func (n *Network) Trains(task, group int) bool {
	of, _ := find(n.first.groups, group)
	for i := n.reads[task]; i >= 0; i = n.nodes[i].parent {
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
