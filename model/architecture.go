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

// Spec decides the shapes of a model and its initial values.
type Spec struct {
	Job   *job.Job
	Words int // ids of the vocabulary

	// Word names an id. The initial values of a word's row depend on the name, not on the id.
	// If nil, they depend on the id. Only Start calls it.
	Word   func(id uint32) string
	Labels []*data.Labels // by task; nil for regression

	// Unknown gives by word id the id that replaces a rare word at random in training, and the
	// word's own id for words that are not rare. It is nil if the model is not trained.
	Unknown []uint32
}

// Architecture is the shapes of a model: its layers and heads without any parameter. It is
// immutable, small, and safe for any number of goroutines.
type Architecture struct {
	Spec

	word  nn.Embedding
	drop  nn.Dropout // of embedding elements
	lstm  nn.LSTM
	heads []*task.Head
	masks []uint64 // by data set: the seed of its dropout masks
	shape gradient.Shape
}

// Places of the dropouts; the LSTM's layers take theirs from placeLSTM on.
const (
	placeWord = 1
	placeLSTM = 2
)

// New returns the architecture of a job's model.
func New(spec Spec) *Architecture {
	e := spec.Job.Encoder
	a := &Architecture{Spec: spec,
		word: nn.Embedding{Rows: spec.Words, Dim: e.Word.Dim},
		drop: nn.Dropout{P: float32(e.Word.Dropout), Place: placeWord},
		lstm: nn.LSTM{In: e.Word.Dim, Hidden: e.LSTM.Hidden, Layers: e.LSTM.Layers, Bidirectional: e.LSTM.Bidirectional,
			Dropout: float32(e.LSTM.Dropout), Place: placeLSTM},
	}
	for _, d := range spec.Job.Data {
		a.masks = append(a.masks, rng.Key{Seed: spec.Job.Seed, Purpose: rng.DataSet, A: rng.Name(d.Name)}.Stream().Uint64())
	}
	for t, j := range spec.Job.Tasks {
		a.heads = append(a.heads, task.NewHead(j, spec.Labels[t], a.lstm.Out(), a.lstm.Directions()))
	}
	for i := range a.groupNames() {
		dense, dim, rows := nn.Size(a.groupSpecs(i)), 0, 0
		if i == nn.GroupWord {
			dense, dim, rows = 0, e.Word.Dim, spec.Words
		}
		a.shape.Dense, a.shape.Dim, a.shape.Rows = append(a.shape.Dense, dense), append(a.shape.Dim, dim), append(a.shape.Rows, rows)
	}
	a.shape.Tasks = len(spec.Job.Tasks)
	return a
}

// NewParams allocates the parameters, all 0.
func (a *Architecture) NewParams() *nn.ParamSet {
	ps := &nn.ParamSet{}
	for i, name := range a.groupNames() {
		specs := a.groupSpecs(i)
		if i == nn.GroupWord {
			ps.Groups = append(ps.Groups, nn.NewTable(name, specs[0]))
			continue
		}
		ps.Groups = append(ps.Groups, nn.NewGroup(name, specs))
	}
	return ps
}

// Start allocates the parameters with the initial values of the job's seed. The values of a
// parameter depend on the seed, its name and its shape alone; those of a word's row on the seed
// and the word.
func (a *Architecture) Start() *nn.ParamSet {
	ps := a.NewParams()
	for i, g := range ps.Groups {
		specs := a.groupSpecs(i)
		if g.Dim > 0 {
			g.InitRows(a.Job.Seed, specs[0], a.wordName)
			continue
		}
		g.Init(a.Job.Seed, specs)
	}
	return ps
}

// wordName names a row of the word table.
func (a *Architecture) wordName(row int) string {
	if a.Word == nil {
		return strconv.Itoa(row)
	}
	return a.Word(uint32(row))
}

// groupNames lists the groups in their fixed places.
func (a *Architecture) groupNames() []string {
	names := []string{nn.GroupEncoder: "encoder", nn.GroupWord: "word"}
	for _, t := range a.Job.Tasks {
		names = append(names, "head."+t.Name)
	}
	return names
}

func (a *Architecture) groupSpecs(group int) []nn.Spec {
	switch group {
	case nn.GroupEncoder:
		return nn.Prefix("lstm.", a.lstm.Specs())
	case nn.GroupWord:
		return []nn.Spec{a.word.Spec()}
	}
	return a.heads[group-nn.GroupHeads].Specs()
}

// Len is the number of parameters.
func (a *Architecture) Len() int {
	n := 0
	for i := range a.groupNames() {
		n += nn.Size(a.groupSpecs(i))
	}
	return n
}

// Shape is the shape of the model's gradients.
func (a *Architecture) Shape() gradient.Shape { return a.shape }
