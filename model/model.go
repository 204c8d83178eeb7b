package model

import (
	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/task"
)

// Spec is what decides a model's shape and first values.
type Spec struct {
	Job    *job.Job
	Words  int            // ids of the vocabulary
	Labels []*data.Labels // by task; nil for regression

	// Unknown gives by word id what a rare word becomes now and then in training, itself
	// for words that are not rare; nil when not training.
	Unknown []uint32
}

// Model is an encoder, a head per task and their parameters. The parts are immutable; the
// parameters are whoever's trains them.
type Model struct {
	Spec
	Params *nn.ParamSet

	word  nn.Embedding
	drop  nn.Dropout // of embedding elements
	lstm  nn.LSTM
	heads []*task.Head
	shape gradient.Shape
}

// Places of the dropouts; the LSTM's layers take theirs from placeLSTM on.
const (
	placeWord = 1
	placeLSTM = 2
)

// New makes a model with its first values, which depend on the seed and the shapes alone.
func New(spec Spec) *Model {
	j := spec.Job
	e := j.Encoder
	m := &Model{Spec: spec,
		word: nn.Embedding{Rows: spec.Words, Dim: e.Word.Dim},
		drop: nn.Dropout{P: float32(e.Word.Dropout), Place: placeWord},
		lstm: nn.LSTM{In: e.Word.Dim, Hidden: e.LSTM.Hidden, Layers: e.LSTM.Layers, Bidirectional: e.LSTM.Bidirectional,
			Dropout: float32(e.LSTM.Dropout), Place: placeLSTM},
		Params: &nn.ParamSet{},
	}
	add := func(g *nn.Group, specs []nn.Spec) {
		g.Init(j.Seed, len(m.Params.Groups), specs)
		m.Params.Groups = append(m.Params.Groups, g)
		dense, rows := len(g.Data), 0
		if g.Dim > 0 {
			dense, rows = 0, spec.Words
		}
		m.shape.Dense, m.shape.Dim, m.shape.Rows = append(m.shape.Dense, dense), append(m.shape.Dim, g.Dim), append(m.shape.Rows, rows)
	}
	add(nn.NewGroup("encoder", m.encoderSpecs()), m.encoderSpecs())
	add(nn.NewTable("word", m.word.Spec()), []nn.Spec{m.word.Spec()})
	for t := range j.Tasks {
		h := task.NewHead(j.Tasks[t], spec.Labels[t], m.lstm.Out(), m.lstm.Directions())
		m.heads = append(m.heads, h)
		add(nn.NewGroup("head."+j.Tasks[t].Name, h.Specs()), h.Specs())
	}
	m.shape.Tasks = len(j.Tasks)
	return m
}

func (m *Model) encoderSpecs() []nn.Spec { return nn.Prefix("lstm.", m.lstm.Specs()) }

// Shape is what this model's gradients look like.
func (m *Model) Shape() gradient.Shape { return m.shape }
