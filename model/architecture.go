package model

import (
	"fmt"

	"braid/data"
	"braid/encoder"
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

	// Frozen is the number of words at the end of the vocabulary whose rows training does not change,
	// and Given reports by id, for the other words, whether the row starts with a pretrained vector.
	// Frozen is 0 and Given nil if the model is not trained.
	Frozen int
	Given  []bool

	// Vectors are the pretrained vectors; nil if there are none. Only Start reads them.
	Vectors *data.Vectors

	// Initial is the model whose values Start takes over; nil if there is none. See job.Init.
	Initial *Bundle

	// Input returns an input of the vocabulary. It may be nil if the encoder reads words alone.
	Input func(name string) data.Input
}

// Architecture is the shapes of a model: its encoder and heads without any parameter. It is
// immutable, small, and safe for any number of goroutines.
type Architecture struct {
	Spec

	encoder *encoder.Network
	heads   []*task.Head
	reads   [][]int        // by task: the tasks that its head reads
	order   []int          // tasks, each after those that it reads
	groups  []nn.GroupSpec // the encoder's, then one by head
	first   int            // group of the first head
	masks   []uint64       // by data set: the seed of its dropout masks

	shape  gradient.Shape   // of gradients; slot i is of group i
	trains [][]bool         // by slot, then by task: the loss of the task has a gradient in the slot
	ranges []gradient.Range // of the encoder's dense slots
	ranged []bool           // by slot: ranges cut it
}

// New returns the architecture of a job's model. It returns an error if a task has an answer per word
// and the encoder gives one row per text.
func New(spec Spec) (*Architecture, error) {
	j := spec.Job
	a := &Architecture{Spec: spec,
		encoder: encoder.NewNetwork(encoder.Spec{Job: j.Encoder, Words: spec.Words, Word: spec.Word,
			Unknown: spec.Unknown, Frozen: spec.Frozen, Given: spec.Given, Vectors: spec.Vectors, Input: spec.Input},
			j.Tasks)}
	for _, d := range j.Data {
		a.masks = append(a.masks, rng.Key{Seed: j.Seed, Purpose: rng.DataSet, A: rng.Name(d.Name)}.Stream().Uint64())
	}
	a.groups, a.ranges = a.encoder.Groups(), a.encoder.Ranges()
	a.first = len(a.groups)
	a.heads, a.order = make([]*task.Head, len(j.Tasks)), j.ReadOrder()
	for t, j := range j.Tasks {
		if j.Of().Per == job.PerWord && a.encoder.Output(t).Per != job.PerWord {
			return nil, fmt.Errorf("task %s has an answer per word, and the encoder %s gives one row per text: "+
				"choose another encoder.kind or remove the task", j.Name, spec.Job.Encoder.Kind)
		}
		a.reads = append(a.reads, spec.Job.ReadsOf(t))
	}
	for _, t := range a.order {
		out := task.Hidden(a.encoder.Output(t))
		a.heads[t] = task.NewHead(j.Tasks[t], spec.Labels[t], out, pick(a.heads, a.reads[t])...)
	}
	for t, h := range a.heads {
		a.groups = append(a.groups, nn.GroupSpec{Name: "head." + j.Tasks[t].Name, Specs: h.Specs()})
	}
	a.shape = gradient.Shape{Slots: a.slots(true), Tasks: len(a.heads)}
	a.setTrains()
	if err := a.checkFrozen(); err != nil {
		return nil, err
	}
	if err := a.checkInitial(); err != nil {
		return nil, err
	}
	a.ranged = make([]bool, len(a.groups))
	for _, r := range a.ranges {
		a.ranged[r.Slot] = true
	}
	return a, nil
}

// pick returns the elements of all at the given indexes.
func pick[E any](all []E, at []int) (picked []E) {
	for _, i := range at {
		picked = append(picked, all[i])
	}
	return picked
}

// slots returns one slot for each group: of its gradient, which frozen rows do not have, or of its
// parameters.
func (a *Architecture) slots(ofGradient bool) []gradient.Slot {
	slots := make([]gradient.Slot, len(a.groups))
	for i, g := range a.groups {
		slots[i] = gradient.Slot{Group: i, Numbers: g.Size()}
		if g.Table {
			rows, dim := g.Specs[0].Shape[0], g.Specs[0].Shape[1]
			if ofGradient {
				rows -= g.Frozen
			}
			slots[i] = gradient.Slot{Group: i, Dim: dim, Rows: rows}
		}
	}
	return slots
}

// head returns the group of task t's head.
func (a *Architecture) head(t int) int { return a.first + t }

// NewParams allocates the parameters, all 0.
func (a *Architecture) NewParams() *nn.ParamSet {
	ps := &nn.ParamSet{}
	for _, g := range a.groups {
		ps.Groups = append(ps.Groups, g.New())
	}
	return ps
}

// Start allocates the parameters with the initial values: those of the initial model, and for others those of the
// job's seed. The latter depend on the seed, the parameter's name and its shape alone; those of a table's row on the
// seed and the name of the row.
func (a *Architecture) Start() *nn.ParamSet {
	ps := a.NewParams()
	for i, g := range a.groups {
		g.Start(ps.Groups[i], a.Job.Seed)
	}
	a.takeOver(ps)
	return ps
}

// Len is the number of parameters.
func (a *Architecture) Len() int {
	n := 0
	for _, g := range a.groups {
		n += g.Size()
	}
	return n
}

// Shape is the shape of the model's gradients.
func (a *Architecture) Shape() gradient.Shape { return a.shape }

// ParamShape is the shape of the model's parameters, in which they travel: a slot for each group.
func (a *Architecture) ParamShape() gradient.Shape { return gradient.Shape{Slots: a.slots(false)} }

// Ranges lists the ranges by which gradients are computed, added and sent, in order. They cover
// the encoder's dense slots.
func (a *Architecture) Ranges() []gradient.Range { return a.ranges }
