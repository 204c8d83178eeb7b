package nn

import (
	"math"

	"braid/internal/rng"
)

// Init is the distribution of a parameter's initial values: zeros, or uniform numbers.
type Init struct {
	uniform bool
	bound   float64
}

// Zeros starts at 0.
func Zeros() Init { return Init{} }

// Uniform draws from [-bound, bound).
func Uniform(bound float64) Init { return Init{true, bound} }

// FanIn draws from [-1/√n, 1/√n): torch.nn.Linear does so for weights and biases with n inputs
// (kaiming_uniform_ with a = √5), and torch.nn.LSTM with n = H for all of its parameters.
func FanIn(n int) Init { return Uniform(1 / math.Sqrt(float64(max(n, 1)))) }

// embeddingBound is the bound of embeddings: U(±0.1) as in Zaremba et al. 2014 and in the
// examples of torchtext, not N(0, 1) as in torch.nn.Embedding. A row is updated only if its word
// occurs, so that large random rows of rare words would never shrink.
const embeddingBound = 0.1

// Fill sets x to initial values, a pure function of key.
func (in Init) Fill(x []float32, key rng.Key) {
	if !in.uniform {
		clear(x)
		return
	}
	s := key.Stream()
	for i := range x {
		x[i] = float32((2*s.Float64() - 1) * in.bound)
	}
}

// Init sets the group's parameters to the initial values of their specs. A parameter draws from a
// key of the group's name and its own, so that its values depend on no other parameter.
func (g *Group) Init(seed uint64, specs []Spec) {
	for p := range g.Params {
		specs[p].Init.Fill(g.Params[p].Data, g.initKey(seed, g.Params[p].Name))
	}
}

// InitRows sets a table's rows to the initial values of its spec. A row draws from a key of the
// group's name and its own: it has the same values at any place in the table. Rows that given
// returns are copied instead; given may be nil.
func (g *Group) InitRows(seed uint64, spec Spec, name func(row int) string, given func(row int) []float32) {
	for row := range len(g.Data) / g.Dim {
		x := g.Data[row*g.Dim : (row+1)*g.Dim]
		if given != nil {
			if values := given(row); values != nil {
				copy(x, values)
				continue
			}
		}
		spec.Init.Fill(x, g.initKey(seed, name(row)))
	}
}

func (g *Group) initKey(seed uint64, name string) rng.Key {
	return rng.Key{Seed: seed, Purpose: rng.Init, A: rng.Name(g.Name), B: rng.Name(name)}
}
