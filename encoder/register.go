package encoder

import (
	"fmt"

	"braid/data"
	"braid/job"
)

// kinds is the table of encoders by encoder.kind of the job.
var kinds = map[string]func(Spec) Encoder{
	"lstm": newLSTM,
}

// Register adds an encoder to the table and to the legal values of encoder.kind. inputs are the
// names of the inputs that it reads in addition to words; see data.Input. Call Register from an
// init function. It panics if the name is taken.
func Register(name string, make func(Spec) Encoder, inputs ...string) {
	if kinds[name] != nil {
		panic(fmt.Sprintf("encoder: %q is registered twice", name))
	}
	kinds[name] = make
	job.RegisterEncoder(name, inputs...)
}

// Spec is the input of the table's functions.
type Spec struct {
	Job   job.Encoder // legal settings
	Words int         // ids of the vocabulary

	// Word names an id: the initial values of a word's row depend on the name. If nil, they depend
	// on the id.
	Word func(id uint32) string

	// Unknown gives by word id the id that replaces a rare word at random in training, and the
	// word's own id for words that are not rare. It is nil if the encoder is not trained.
	Unknown []uint32

	// Frozen is the number of words at the end of the vocabulary whose rows training does not change.
	Frozen int

	// Given reports by word id, for words that are not frozen, whether the row starts with a
	// pretrained vector. It may be nil if no row does.
	Given []bool

	// Vectors are the pretrained vectors; nil if there are none, or if initial values are not needed.
	Vectors *data.Vectors

	// Input returns an input that the encoder was registered with. The corpus of a Block has the
	// columns of the inputs in the order of Register.
	Input func(name string) data.Input
}

// New returns the encoder of a job. It panics on an unknown kind, which package job refuses.
func New(s Spec) Encoder {
	create, ok := kinds[s.Job.Kind]
	if !ok {
		panic(fmt.Sprintf("encoder: no kind %q", s.Job.Kind))
	}
	return create(s)
}
