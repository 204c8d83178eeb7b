package data

import (
	"fmt"
	"iter"

	"braid/job"
)

// Input turns the spelling of a word into ids, in addition to the id of the word itself. An
// encoder has a table with a row per id. A Vocab has the inputs that the job's encoder names,
// so that workers, model directories and predictors have them, too.
//
// Implementations must be immutable and safe for concurrent use.
type Input interface {
	// Size returns the number of ids, which are 0 to Size-1: the rows of the encoder's table.
	Size() int

	// Append appends the ids of a word to dst. A word may have any number of ids, and it need not
	// be in the vocabulary. It comes in the form in which a data set looks words up: without
	// invisible characters, and in lower case if the data set has lower set.
	Append(dst []uint32, word string) []uint32

	// Entries returns the arguments from which Restore makes an equal input.
	Entries() []string
}

// InputKind makes the inputs of one kind.
type InputKind struct {
	// Count makes an input from the words of the training splits and their counts. The result must
	// not depend on the order of the words, which differs between calls.
	Count func(words iter.Seq2[string, int]) Input

	// Restore makes the input with the given Entries. It must return an error for entries that no
	// input has, since they may come from a damaged file.
	Restore func(entries []string) (Input, error)
}

// inputs is the table of inputs by name.
var inputs = map[string]InputKind{
	Characters: {countCharacters, restoreCharacters},
	Features:   {countFeatures, restoreFeatures},
}

// RegisterInput adds an input to the table, so that encoders can name it; see
// job.RegisterEncoder. Call it from an init function. It panics if the name is taken.
func RegisterInput(name string, k InputKind) {
	if _, taken := inputs[name]; taken {
		panic("data: input " + name + " is registered twice")
	}
	inputs[name] = k
}

// vocabInput is an input of a Vocab.
type vocabInput struct {
	name string
	Input
}

// countInputs makes the inputs that an encoder names from the words of training.
func countInputs(e job.Encoder, words iter.Seq2[string, int]) (all []vocabInput) {
	for _, name := range e.Inputs() {
		kind, ok := inputs[name]
		if !ok {
			panic(fmt.Sprintf("data: encoder %s reads the input %q, which is not registered", e.Kind, name))
		}
		all = append(all, vocabInput{name, kind.Count(words)})
	}
	return all
}

// restoreInput makes an input from a file or a message.
func restoreInput(name string, entries []string) (vocabInput, error) {
	kind, ok := inputs[name]
	if !ok {
		return vocabInput{}, fmt.Errorf("data: no input %q in this version", name)
	}
	in, err := kind.Restore(entries)
	if err != nil {
		return vocabInput{}, fmt.Errorf("data: input %s: %w", name, err)
	}
	return vocabInput{name, in}, nil
}
