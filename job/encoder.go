package job

// encoderKind describes a legal value of encoder.kind.
type encoderKind struct {
	Name   string
	inputs []string // names of the inputs that the encoder reads in addition to words
}

// encoders is the table. The first is the default.
var encoders = []encoderKind{
	{Name: "lstm"},
}

// RegisterEncoder adds a legal value of encoder.kind. inputs are the names of the inputs that
// the encoder reads in addition to words; see data.Input. Call it from an init function: it
// must not run concurrently with Load. It panics if the name is taken.
func RegisterEncoder(name string, inputs ...string) {
	for _, e := range encoders {
		if e.Name == name {
			panic("job: encoder " + name + " is registered twice")
		}
	}
	encoders = append(encoders, encoderKind{name, inputs})
}

// Inputs returns the names of the inputs that the encoder reads in addition to words.
func (e *Encoder) Inputs() []string {
	for _, kind := range encoders {
		if kind.Name == e.Kind {
			return kind.inputs
		}
	}
	return nil
}

// encoderNames lists the encoders in the order of the table.
func encoderNames() (names []string) {
	for _, e := range encoders {
		names = append(names, e.Name)
	}
	return names
}
