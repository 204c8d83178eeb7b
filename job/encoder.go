package job

import "slices"

// encoderKind describes a legal value of encoder.kind.
type encoderKind struct {
	Name   string
	inputs []string // names of the inputs that the encoder reads in addition to words
	parts  bool     // reads those of encoder.word.features and encoder.char, too
	layers bool     // has those of encoder.lstm
}

// encoders is the table. The first is the default.
var encoders = []encoderKind{
	{Name: "lstm", parts: true, layers: true},
}

// Values of encoder.word.features.
const (
	FeaturesOff    = "off"
	FeaturesHashed = "hashed"
)

// Values of encoder.char.kind.
const (
	CharOff  = "off"
	CharConv = "conv"
)

// ColumnInput and a field are the name of the input of a column.
const ColumnInput = "column."

// RegisterEncoder adds a legal value of encoder.kind. inputs are the names of the inputs that
// the encoder reads in addition to words; see data.Input. Call it from an init function: it
// must not run concurrently with Load. It panics if the name is taken.
func RegisterEncoder(name string, inputs ...string) {
	for _, e := range encoders {
		if e.Name == name {
			panic("job: encoder " + name + " is registered twice")
		}
	}
	encoders = append(encoders, encoderKind{Name: name, inputs: inputs})
}

// Inputs returns the names of the inputs that the encoder reads in addition to words, in the
// order of the corpus's columns.
func (e *Encoder) Inputs() []string {
	kind := e.of()
	names := slices.Clip(kind.inputs)
	if kind.parts && e.Word.Features == FeaturesHashed {
		names = append(names, "features")
	}
	if kind.parts && e.Char.Kind == CharConv {
		names = append(names, "characters")
	}
	if kind.parts {
		for _, c := range e.Columns {
			names = append(names, ColumnInput+c.Field)
		}
	}
	return names
}

// of returns the encoder's entry of the table; an empty one for an unknown kind, which Load
// refuses.
func (e *Encoder) of() encoderKind {
	for _, kind := range encoders {
		if kind.Name == e.Kind {
			return kind
		}
	}
	return encoderKind{}
}

// encoderNames lists the encoders in the order of the table.
func encoderNames() (names []string) {
	for _, e := range encoders {
		names = append(names, e.Name)
	}
	return names
}
