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
	max       int // bytes of a gradient

	pool    pool
	round   uint64
	sum     *gradient.Aggregator
	joiners map[answerKey]*protocol.Joiner
	spare   []*protocol.Joiner
	scores  []*model.SetScore
}

type answerKey struct {
	worker string
	node   uint32
}

func (a *answers) init(shape gradient.Shape, p gradient.Precision) {
	a.shape, a.precision, a.joiners = shape, p, map[answerKey]*protocol.Joiner{}
	width := 4
	if p == gradient.BF16 {
		width = 2
	}
	a.max = 16 * shape.Tasks
	for i, n := range shape.Dense {
		a.max += 1 + width*n
		if shape.Dim[i] > 0 {
			a.max += 4 + shape.Rows[i]*(4+width*shape.Dim[i])
		}
	}
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
	for key, j := range a.joiners {
		a.free(key, j)
	}
	a.sum, a.scores = nil, nil
}

func (a *answers) free(key answerKey, j *protocol.Joiner) {
	delete(a.joiners, key)
	j.Reset()
	const keep = 64
	if len(a.spare) < keep {
		a.spare = append(a.spare, j)
	}
}

// node takes a chunk, and gives the node's gradient when it is whole with it. One that is
// in the sum already is read only if it is to be weighed.
func (a *answers) node(worker string, n *protocol.Node, body []byte, weighed bool) (g *gradient.Gradient, whole bool, err error) {
	if a.sum == nil {
		return nil, false, errors.New("it answered a scoring with a gradient")
	}
	key := answerKey{worker, n.Node}
	j := a.joiners[key]
	if j == nil {
		if last := len(a.spare) - 1; last >= 0 {
			j, a.spare = a.spare[last], a.spare[:last]
		} else {
			j = new(protocol.Joiner)
		}
		a.joiners[key] = j
	}
	b, err := j.Add(n.Part, body, a.max)
	if err != nil || b == nil {
		return nil, false, err
	}
	defer a.free(key, j)
	if !weighed && a.sum.Has(gradient.Node(n.Node)) {
		return nil, true, nil
	}
	g = a.pool.Get()
	if err := g.Decode(b, a.shape, a.precision); err != nil {
		a.pool.Put(g)
		return nil, false, fmt.Errorf("its gradient of node %d cannot be read: %w", n.Node, err)
	}
	return g, true, nil
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
