package coordinator

import (
	"errors"
	"fmt"

	"braid/gradient"
	"braid/model"
	"braid/protocol"
	"braid/train"
)

// answers gathers what workers send in one round.
type answers struct {
	shape     gradient.Shape
	precision gradient.Precision
	pool      pool
	round     uint64
	sum       *gradient.Aggregator
	arriving  map[answerKey]*arrival
	spare     []*arrival
	scores    []*model.SetScore
}

// arrival is a node some of whose chunks are here.
type arrival struct {
	tally    protocol.Tally
	assembly gradient.Assembly
	g        *gradient.Gradient // nil: nobody needs it
}

type answerKey struct {
	worker string
	node   uint32
}

func (a *answers) init(shape gradient.Shape, p gradient.Precision) {
	a.shape, a.precision, a.arriving = shape, p, map[answerKey]*arrival{}
}

func (a *answers) begin(round uint64, c *call) {
	a.round = round
	a.sum, a.scores = nil, nil
	if c.chunks == nil && c.round.Kind == protocol.RoundGradient {
		a.sum = gradient.NewAggregator(gradient.Tree{S: c.round.Units}, a.precision, a.pool.Put)
	} else {
		a.scores = make([]*model.SetScore, len(c.chunks))
	}
}

// end keeps the memory and forgets the rest.
func (a *answers) end() {
	for key, in := range a.arriving {
		a.free(key, in)
	}
	a.sum, a.scores = nil, nil
}

func (a *answers) free(key answerKey, in *arrival) {
	delete(a.arriving, key)
	if in.g != nil {
		a.pool.Put(in.g)
		in.g = nil
	}
	const keep = 64
	if len(a.spare) < keep {
		a.spare = append(a.spare, in)
	}
}

// node takes a chunk, and gives the node's gradient when it is whole with it. One that is
// in the sum already is read only if it is to be weighed.
func (a *answers) node(worker string, n *protocol.Node, body []byte, weighed bool) (g *gradient.Gradient, whole bool, err error) {
	if a.sum == nil {
		return nil, false, errors.New("it answered a scoring with a gradient")
	}
	key := answerKey{worker, n.Node}
	in := a.arriving[key]
	if in == nil {
		in = a.arrive(weighed || !a.sum.Has(gradient.Node(n.Node)))
		a.arriving[key] = in
	}
	fresh, whole, err := in.tally.Add(n.Part)
	if err == nil && fresh && in.g != nil {
		err = in.assembly.Add(body, &a.shape)
	}
	if err == nil && whole && in.g != nil {
		g, err = in.assembly.End()
	}
	if err != nil {
		a.free(key, in)
		return nil, false, fmt.Errorf("its gradient of node %d cannot be read: %w", n.Node, err)
	}
	if whole {
		in.g = nil // the caller's now
		a.free(key, in)
	}
	return g, whole, nil
}

// arrive makes room for a node; one that nobody needs is only counted.
func (a *answers) arrive(needed bool) *arrival {
	in := new(arrival)
	if last := len(a.spare) - 1; last >= 0 {
		in, a.spare = a.spare[last], a.spare[:last]
	}
	in.tally.Reset()
	if needed {
		in.g = a.pool.Get()
		in.assembly.Begin(in.g, a.shape, a.precision)
	}
	return in
}

// unit reads a score.
func (a *answers) unit(m *model.Model, c *call, u *protocol.Unit, body []byte) (*model.SetScore, error) {
	if c == nil || int(u.Unit) >= len(a.scores) {
		return nil, fmt.Errorf("its score is of chunk %d of %d", u.Unit, len(a.scores))
	}
	s := m.NewSetScore(c.chunks[u.Unit].Set)
	if err := s.Decode(body); err != nil {
		return nil, fmt.Errorf("its score of chunk %d cannot be read: %w", u.Unit, err)
	}
	return s, nil
}

// result is what the round gave, once every unit was answered.
func (a *answers) result(c *call, sets int) reply {
	if a.sum == nil {
		return reply{scores: train.SumScores(sets, c.chunks, a.scores)}
	}
	root, ok := a.sum.Root()
	if !ok {
		panic("coordinator: all shards are answered and the tree has no root")
	}
	return reply{root: root}
}

// pool keeps gradients for reuse.
type pool struct{ free []*gradient.Gradient }

// Get returns a gradient to decode into.
func (p *pool) Get() *gradient.Gradient {
	if n := len(p.free) - 1; n >= 0 {
		g := p.free[n]
		p.free = p.free[:n]
		return g
	}
	return new(gradient.Gradient)
}

// Put takes one back.
func (p *pool) Put(g *gradient.Gradient) {
	const keep = 64
	if len(p.free) < keep {
		p.free = append(p.free, g)
	}
}
