package model

import (
	"strconv"

	"braid/data"
	"braid/gradient"
	"braid/internal/rng"
	"braid/job"
	"braid/nn"
	"braid/task"
)

// Spec is what decides a model's shape and first values.
type Spec struct {
	Job   *job.Job
	Words int // ids of the vocabulary

	// Word names an id: the word's row starts with values that depend on the name, not on the
	// id. nil: on the id.
	Word   func(id uint32) string
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
	masks []uint64 // by data set: the seed of what dropout drops
	shape gradient.Shape
}

// Places of the dropouts; the LSTM's layers take theirs from placeLSTM on.
const (
	placeWord = 1
	placeLSTM = 2
)

// New makes a model with its first values. A parameter's depend on the seed, its name and
// its shape alone, a word's row on the seed and the word.
func New(spec Spec) *Model {
	m := newLayers(spec)
	m.Params = &nn.ParamSet{}
	for i, name := range m.groupNames() {
		specs := m.groupSpecs(i)
		g, dense, rows := (*nn.Group)(nil), 0, 0
		if i == nn.GroupWord {
			g, rows = nn.NewTable(name, specs[0]), spec.Words
			g.InitRows(spec.Job.Seed, specs[0], spec.word)
		} else {
			g = nn.NewGroup(name, specs)
			g.Init(spec.Job.Seed, specs)
			dense = len(g.Data)
		}
		m.Params.Groups = append(m.Params.Groups, g)
		m.shape.Dense, m.shape.Dim, m.shape.Rows = append(m.shape.Dense, dense), append(m.shape.Dim, g.Dim), append(m.shape.Rows, rows)
	}
	m.shape.Tasks = len(spec.Job.Tasks)
	return m
}

// word names a row of the word table.
func (s *Spec) word(row int) string {
	if s.Word == nil {
		return strconv.Itoa(row)
	}
	return s.Word(uint32(row))
}

// newLayers makes a model without parameters: nothing in it is large.
func newLayers(spec Spec) *Model {
	e := spec.Job.Encoder
	m := &Model{Spec: spec,
		word: nn.Embedding{Rows: spec.Words, Dim: e.Word.Dim},
		drop: nn.Dropout{P: float32(e.Word.Dropout), Place: placeWord},
		lstm: nn.LSTM{In: e.Word.Dim, Hidden: e.LSTM.Hidden, Layers: e.LSTM.Layers, Bidirectional: e.LSTM.Bidirectional,
			Dropout: float32(e.LSTM.Dropout), Place: placeLSTM},
	}
	for _, d := range spec.Job.Data {
		m.masks = append(m.masks, rng.Key{Seed: spec.Job.Seed, Purpose: rng.DataSet, A: rng.Name(d.Name)}.Stream().Uint64())
	}
	for t, j := range spec.Job.Tasks {
		m.heads = append(m.heads, task.NewHead(j, spec.Labels[t], m.lstm.Out(), m.lstm.Directions()))
	}
	return m
}

// groupNames lists the groups in their fixed places.
func (m *Model) groupNames() []string {
	names := []string{nn.GroupEncoder: "encoder", nn.GroupWord: "word"}
	for _, t := range m.Job.Tasks {
		names = append(names, "head."+t.Name)
	}
	return names
}

func (m *Model) groupSpecs(group int) []nn.Spec {
	switch group {
	case nn.GroupEncoder:
		return nn.Prefix("lstm.", m.lstm.Specs())
	case nn.GroupWord:
		return []nn.Spec{m.word.Spec()}
	}
	return m.heads[group-nn.GroupHeads].Specs()
}

// values is how many numbers the model's parameters are; none need be there.
func (m *Model) values() int {
	n := 0
	for i := range m.groupNames() {
		n += nn.Size(m.groupSpecs(i))
	}
	return n
}

// Shape is what this model's gradients look like.
func (m *Model) Shape() gradient.Shape { return m.shape }
