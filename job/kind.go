package job

import "slices"

// Kind describes a kind of task by its properties. Packages decide by these properties, not
// by the kind's name, so that a new kind is one more entry of the table.
type Kind struct {
	Name     string
	Per      Per
	Answer   Answer
	Weighted bool // class weights and label smoothing apply to its loss

	// The legal values of a task's keys. The first is the default; an empty list means that
	// the kind does not have the key.
	Decoders []string
	Metrics  []string
	Schemes  []string
	Poolings []string
}

// Per is the part of an example that has an answer of its own.
type Per uint8

// The parts.
const (
	PerText Per = iota + 1 // one answer for the text
	PerWord                // one answer for each word
)

// Answer is the type of an answer.
type Answer uint8

// The types of answers.
const (
	Class  Answer = iota + 1 // one label
	Set                      // any number of labels
	Number                   // a real number
)

// plain is the scheme of tags that do not form spans.
const plain = "plain"

// crf is the decoder that scores the tags of a text together, so that its loss is over texts.
const crf = "crf"

// kinds is the table, in the order in which messages list it.
var kinds = []*Kind{
	{
		Name: "classification", Per: PerText, Answer: Class, Weighted: true,
		Decoders: []string{"linear"},
		Metrics:  []string{"accuracy", "macro_f1"},
		Poolings: poolings,
	},
	{
		Name: "multilabel", Per: PerText, Answer: Set,
		Decoders: []string{"linear"},
		Metrics:  []string{"micro_f1", "macro_f1", "accuracy"},
		Poolings: poolings,
	},
	{
		Name: "tagging", Per: PerWord, Answer: Class, Weighted: true,
		Decoders: []string{"linear", crf},
		Metrics:  []string{"f1", "precision", "recall", "accuracy", "sentence_accuracy"},
		Schemes:  []string{"bio", "iobes", "bilou", "iob1", plain},
	},
	{
		Name: "regression", Per: PerText, Answer: Number,
		Decoders: []string{"linear"},
		Metrics:  []string{"pearson", "mse", "mae"},
		Poolings: poolings,
	},
}

var poolings = []string{"max", "mean", "last", "attention"}

// KindOf returns the properties of the kind with the given name. For an unknown name, which
// Load refuses, it returns a Kind without any property.
func KindOf(name string) *Kind {
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	return &unknownKind
}

var unknownKind Kind

// Of returns the properties of the task's kind.
func (t *Task) Of() *Kind { return KindOf(t.Kind) }

// Spans reports whether the task's answers are spans of words: a tagging task whose scheme
// is not plain.
func (t *Task) Spans() bool { return t.Of().Per == PerWord && t.Scheme != plain }

// RegisterDecoder adds a legal value of tasks[].decoder for every kind that fits accepts.
// Call it from an init function: it must not run concurrently with Load.
func RegisterDecoder(name string, fits func(*Kind) bool) {
	for _, k := range kinds {
		if fits(k) && !slices.Contains(k.Decoders, name) {
			k.Decoders = append(k.Decoders, name)
		}
	}
}

// kindNames lists the kinds in the order of the table.
func kindNames() (names []string) {
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// weightedNames lists the kinds with class weights.
func weightedNames() (names []string) {
	for _, k := range kinds {
		if k.Weighted {
			names = append(names, k.Name)
		}
	}
	return names
}
