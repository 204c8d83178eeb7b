package gradient

// Aggregator takes the nodes of one step in any order and gives the root. The sums are
// those of the tree whatever the order, so the bits are too. A node that comes twice, or
// that a received ancestor covers, is dropped.
type Aggregator struct {
	tree  Tree
	p     Precision
	have  map[Node]*Gradient // received or summed, whose parent is not there yet
	done  map[Node]bool      // every node that is there or was merged into an ancestor
	spare func(*Gradient)
}

// NewAggregator starts a step. Gradients that were merged away go to spare (may be nil).
func NewAggregator(t Tree, p Precision, spare func(*Gradient)) *Aggregator {
	if spare == nil {
		spare = func(*Gradient) {}
	}
	return &Aggregator{tree: t, p: p, have: map[Node]*Gradient{}, done: map[Node]bool{}, spare: spare}
}

// Has says whether the node's shards are already covered by what came.
func (a *Aggregator) Has(n Node) bool {
	for ; n >= Root; n /= 2 {
		if a.done[n] {
			return true
		}
	}
	return false
}

// Put takes a node's gradient and owns it from then on. It reports false for a double.
func (a *Aggregator) Put(n Node, g *Gradient) bool {
	if a.Has(n) {
		a.spare(g)
		return false
	}
	a.drop(2 * n)
	a.drop(2*n + 1)
	a.have[n], a.done[n] = g, true
	for n > Root {
		left, right := n&^1, n|1
		l := a.have[left]
		if l == nil {
			break
		}
		if a.tree.Valid(right) {
			r := a.have[right]
			if r == nil {
				break
			}
			l.Add(r, a.p)
			a.spare(r)
			delete(a.have, right)
		}
		delete(a.have, left)
		n = left / 2
		a.have[n], a.done[n] = l, true
	}
	return true
}

// drop forgets what lies under a node that came whole.
func (a *Aggregator) drop(n Node) {
	if !a.tree.Valid(n) {
		return
	}
	if g := a.have[n]; g != nil {
		a.spare(g)
		delete(a.have, n)
		return
	}
	a.drop(2 * n)
	a.drop(2*n + 1)
}

// Root returns the root once every shard is in it.
func (a *Aggregator) Root() (*Gradient, bool) {
	g := a.have[Root]
	return g, g != nil
}
