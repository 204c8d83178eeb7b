package data

import "slices"

// Labels turns a task's labels into ids: those of training sorted by name, but "O" first,
// then those that only dev or test have, in the order they were met. A model answers with
// the former alone; the latter are there so that they can be counted as errors.
type Labels struct {
	names   []string
	trained int
	ids     map[string]int32
}

// NewLabels sorts the names and gives each an id; doubles count once.
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

// ID returns a label's id; false if training did not have it.
func (l *Labels) ID(name string) (int32, bool) {
	id, ok := l.ids[name]
	return id, ok && int(id) < l.trained
}

// meet returns a label's id, a new one if nobody had it yet.
func (l *Labels) meet(name string) int32 {
	id, ok := l.ids[name]
	if !ok {
		id = int32(len(l.names))
		l.names = append(l.names, name)
		l.ids[name] = id
	}
	return id
}

// Name returns the label of any id.
func (l *Labels) Name(id int32) string { return l.names[id] }

// Names lists all labels by id, those that training did not have last; the slice is the
// Labels' own.
func (l *Labels) Names() []string { return l.names }

// Len counts the labels of training: the classes of the model.
func (l *Labels) Len() int { return l.trained }
