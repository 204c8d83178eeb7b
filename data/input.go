package data

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"braid/job"
)

// Input turns the spelling of a word, or its value in a column of the data, into ids, in addition
// to the id of the word itself. An encoder has a table with a row per id. A Vocab has the inputs
// that the job's encoder names, so that workers, model directories and predictors have them, too.
//
// Implementations must be immutable and safe for concurrent use.
type Input interface {
	// Size returns the number of ids, which are 0 to Size-1: the rows of the encoder's table.
	Size() int

	// Append appends the ids of a word to dst. A word may have any number of ids, and it need not
	// be in the vocabulary. It comes in the form in which a data set looks words up: without
	// invisible characters, and in lower case if the data set has lower set. An input of a column
	// gets the value as it is written, "" if the word has none, and appends one id.
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
	name  string
	field string // the column of the data that it reads; "" if it reads the spelling
	Input
}

// inputKind returns the kind of an input by name.
func inputKind(name string) (k InputKind, ok bool) {
	if columnOf(name) != "" {
		return InputKind{countValues, restoreValues}, true
	}
	k, ok = inputs[name]
	return k, ok
}

// countInputs makes the inputs that an encoder names from the words of training, and from the
// values of its columns.
func countInputs(e job.Encoder, words iter.Seq2[string, int], columns []map[string]int) (all []vocabInput) {
	for _, name := range e.Inputs() {
		kind, ok := inputKind(name)
		if !ok {
			panic(fmt.Sprintf("data: encoder %s reads the input %q, which is not registered", e.Kind, name))
		}
		if field := columnOf(name); field != "" {
			k := slices.IndexFunc(e.Columns, func(c job.Column) bool { return c.Field == field })
			all = append(all, vocabInput{name, field, kind.Count(maps.All(columns[k]))})
			continue
		}
		all = append(all, vocabInput{name, "", kind.Count(words)})
	}
	return all
}

// restoreInput makes an input from a file or a message.
func restoreInput(name string, entries []string) (vocabInput, error) {
	kind, ok := inputKind(name)
	if !ok {
		return vocabInput{}, fmt.Errorf("data: no input %q in this version", name)
	}
	in, err := kind.Restore(entries)
	if err != nil {
		return vocabInput{}, fmt.Errorf("data: input %s: %w", name, err)
	}
	return vocabInput{name, columnOf(name), in}, nil
}
