package gradient

// Aggregator sums the nodes of one step, which may come in any order, to the root of each tree.
// The sums are those of the tree in any order, and so is the result. A node that comes twice, or
// that an ancestor covers, is dropped.
type Aggregator struct {
	tree  Tree
	p     Precision
	have  map[Node]*Gradient // received or summed; the parent is still missing
	done  map[Node]bool      // nodes received, summed, or merged into an ancestor
	spare func(*Gradient)
}

// NewAggregator starts a step. It calls spare, which may be nil, with each gradient that it has
// added to another.
func NewAggregator(t Tree, p Precision, spare func(*Gradient)) *Aggregator {
	if spare == nil {
		spare = func(*Gradient) {}
	}
	return &Aggregator{tree: t, p: p, have: map[Node]*Gradient{}, done: map[Node]bool{}, spare: spare}
}

// Has reports whether the nodes so far cover the node's shards.
func (a *Aggregator) Has(n Node) bool {
	for ; n >= Root; n /= 2 {
		if a.done[n] {
			return true
		}
	}
	return false
}

// Put adds a node's gradient, which the Aggregator owns from then on. It returns false if the
// node's shards are covered already.
func (a *Aggregator) Put(n Node, g *Gradient) bool {
	if a.Has(n) {
		a.spare(g)
		return false
	}
	a.drop(2 * n)
	a.drop(2*n + 1)
	a.have[n], a.done[n] = g, true
	for n > a.tree.Root(a.tree.Of(n)) {
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

// drop removes the nodes below a node.
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

// Roots returns the root of each tree. It returns false as long as a unit is missing.
func (a *Aggregator) Roots() ([]*Gradient, bool) {
	roots := make([]*Gradient, 0, max(a.tree.Trees, 1))
	for _, n := range a.tree.AppendRoots(nil) {
		g := a.have[n]
		if g == nil {
			return nil, false
		}
		roots = append(roots, g)
	}
	return roots, true
}

// Root returns the root of the first tree. It returns false as long as a unit of it is missing.
func (a *Aggregator) Root() (*Gradient, bool) {
	g := a.have[a.tree.Root(0)]
	return g, g != nil
}
