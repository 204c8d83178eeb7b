package data

import "slices"

// Labels turns a task's labels into ids. The labels of training come first, sorted by name with
// "O" at the start. Labels that only dev or test have follow in the order of their first use. A
// model answers with labels of training alone; the others have ids so that scores can count
// them as errors.
type Labels struct {
	names   []string
	trained int
	ids     map[string]int32
}

// NewLabels returns the labels of training with the given names. Names may repeat.
func NewLabels(names []string) *Labels {
	sorted := slices.Clone(names)
	slices.SortFunc(sorted, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "O" || b != "O" && a < b:
			return -1
		}
		return 1
	})
	l := &Labels{names: slices.Compact(sorted)}
	l.trained = len(l.names)
	l.index()
	return l
}

func (l *Labels) index() {
	l.ids = make(map[string]int32, len(l.names))
	for i, n := range l.names {
		l.ids[n] = int32(i)
	}
}

// ID returns a label's id; false if training does not have the label.
func (l *Labels) ID(name string) (int32, bool) {
	id, ok := l.ids[name]
	return id, ok && int(id) < l.trained
}

// meet returns a label's id. A label that is new gets the next id.
func (l *Labels) meet(name string) int32 {
	id, ok := l.ids[name]
	if !ok {
		id = int32(len(l.names))
		l.names = append(l.names, name)
		l.ids[name] = id
	}
	return id
}

// Name returns the label with the given id.
func (l *Labels) Name(id int32) string { return l.names[id] }

// Names lists all labels by id. The caller must not change the slice.
func (l *Labels) Names() []string { return l.names }

// Len returns the number of labels of training, which are the classes of the model.
func (l *Labels) Len() int { return l.trained }
