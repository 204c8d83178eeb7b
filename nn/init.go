package nn

import (
	"math"

	"braid/internal/rng"
)

// Init says how a parameter starts.
type Init struct {
	kind  initKind
	bound float64
}

type initKind uint8

const (
	initZero initKind = iota
	initConstant
	initUniform
	initNormal
)

// Zeros starts at 0.
func Zeros() Init { return Init{} }

// Constant starts every element at c.
func Constant(c float64) Init { return Init{initConstant, c} }

// Uniform draws from [-bound, bound).
func Uniform(bound float64) Init { return Init{initUniform, bound} }

// Normal draws from the normal distribution of mean 0 and the given standard deviation.
func Normal(deviation float64) Init { return Init{initNormal, deviation} }

// FanIn draws from [-1/√n, 1/√n): what torch.nn.Linear does for weights and biases with
// n inputs (kaiming_uniform_ with a = √5), and torch.nn.LSTM with n = H for all of its.
func FanIn(n int) Init { return Uniform(1 / math.Sqrt(float64(max(n, 1)))) }

// embeddingBound is where embeddings start: U(±0.1) as in Zaremba et al. 2014 and
// torchtext's examples, not torch.nn.Embedding's N(0, 1): with rows updated only when
// their word occurs, large random rows of rare words never fade.
const embeddingBound = 0.1

// Fill sets x to initial values, a pure function of key.
func (in Init) Fill(x []float32, key rng.Key) {
	s := key.Stream()
	for i := range x {
		switch in.kind {
		case initZero:
			x[i] = 0
		case initConstant:
			x[i] = float32(in.bound)
		case initUniform:
			x[i] = float32((2*s.Float64() - 1) * in.bound)
		case initNormal:
			x[i] = float32(s.Norm() * in.bound)
		}
	}
}

// Init sets the group's parameters to the initial values of their specs. A parameter draws
// from the key of its own and its group's name: its start depends on no other parameter.
func (g *Group) Init(seed uint64, specs []Spec) {
	for p := range g.Params {
		specs[p].Init.Fill(g.Params[p].Data, g.initKey(seed, g.Params[p].Name))
	}
}

// InitRows sets a table's rows to the initial values of its spec. A row draws from the key
// of its name and the group's: it starts the same wherever it stands in the table.
func (g *Group) InitRows(seed uint64, spec Spec, name func(row int) string) {
	for row := range len(g.Data) / g.Dim {
		spec.Init.Fill(g.Data[row*g.Dim:(row+1)*g.Dim], g.initKey(seed, name(row)))
	}
}

func (g *Group) initKey(seed uint64, name string) rng.Key {
	return rng.Key{Seed: seed, Purpose: rng.Init, A: rng.Name(g.Name), B: rng.Name(name)}
}
