package coordinator

import (
	"errors"
	"fmt"

	"braid/coordinator/dispatch"
	"braid/data"
	"braid/gradient"
	"braid/model"
	"braid/protocol"
	"braid/train"
)

// answers collects the workers' answers of one round.
type answers struct {
	shape     gradient.Shape
	precision gradient.Precision
	pool      pool
	round     uint64
	sum       *gradient.Aggregator
	arriving  map[answerKey]*arrival
	spare     []*arrival
	scores    []*model.SetScore

	arch     *model.Architecture
	sets     []data.Set
	expected *model.Expected              // of the round's gradients
	best     map[string][]*model.SetScore // by split and block: perfect scores, computed at first use
}

// arrival is a node of which some chunks have arrived.
type arrival struct {
	tally    protocol.Tally
	assembly gradient.Assembly
	g        *gradient.Gradient // nil if the node is not needed
}

type answerKey struct {
	worker string
	node   uint32
}

func (a *answers) init(m *model.Architecture, sets []data.Set, p gradient.Precision) {
	a.shape, a.precision, a.arriving = m.Shape(), p, map[answerKey]*arrival{}
	a.arch, a.sets = m, sets
	a.expected, a.best = m.NewExpected(sets), map[string][]*model.SetScore{}
}

func (a *answers) begin(round uint64, c *call) {
	a.round = round
	a.sum, a.scores = nil, nil
	if _, ok := c.round.(*dispatch.GradientRound); ok {
		a.sum = gradient.NewAggregator(model.Tree(c.params.Step), a.precision, a.pool.Put)
		a.expected.Begin(c.params.Step)
	} else {
		a.scores = make([]*model.SetScore, len(c.chunks))
	}
}

// end drops all answers and keeps their memory for reuse.
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

// node adds a chunk. It returns the node's gradient once all chunks have arrived. A node that the sum already
// has is decoded only if weighed, that is, if its digest is needed.
func (a *answers) node(worker string, n *protocol.Node, body []byte, weighed bool) (g *gradient.Gradient, whole bool,
	err error) {
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
	if g != nil {
		if err := a.expected.Check(gradient.Node(n.Node), g); err != nil {
			a.free(key, in)
			return nil, false, fmt.Errorf("its gradient of node %d is impossible: %w", n.Node, err)
		}
	}
	if whole {
		in.g = nil // the caller owns it now
		a.free(key, in)
	}
	return g, whole, nil
}

// arrive prepares for the chunks of a node. If the node is not needed, they are only counted.
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

// unit reads a score and checks that the data of its chunk allow it.
func (a *answers) unit(c *call, u *protocol.ExampleBlock, body []byte) (*model.SetScore, error) {
	if c == nil || int(u.Block) >= len(a.scores) {
		return nil, fmt.Errorf("its score is of chunk %d of %d", u.Block, len(a.scores))
	}
	s := a.arch.NewSetScore(c.chunks[u.Block].Set, c.round.(*dispatch.ScoreRound).Outcomes)
	if err := s.Decode(body); err != nil {
		return nil, fmt.Errorf("its score of chunk %d cannot be read: %w", u.Block, err)
	}
	if err := a.arch.Check(s, a.perfect(c, u.Block)); err != nil {
		return nil, fmt.Errorf("its score of chunk %d is impossible: %w", u.Block, err)
	}
	return s, nil
}

// perfect is the perfect score of a chunk, made once.
func (a *answers) perfect(c *call, unit uint32) *model.SetScore {
	split := c.round.(*dispatch.ScoreRound).Split
	if len(a.best[split]) != len(c.chunks) {
		a.best[split] = make([]*model.SetScore, len(c.chunks))
	}
	best := &a.best[split][unit]
	if *best == nil {
		*best = a.arch.Perfect(a.sets, c.chunks[unit])
	}
	return *best
}

// result returns the sums or the scores of the round. Every unit must have been answered.
func (a *answers) result(c *call, sets int) reply {
	if a.sum == nil {
		return reply{scores: train.SumScores(sets, c.chunks, a.scores)}
	}
	roots, ok := a.sum.Roots()
	if !ok {
		panic("coordinator: all shards are answered and a tree has no root")
	}
	return reply{roots: roots}
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
