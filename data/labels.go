package data

import "slices"

// Labels turns a task's labels into ids: sorted by name, but "O" first.
type Labels struct {
	names []string
	ids   map[string]int32
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
	l.index()
	return l
}

func (l *Labels) index() {
	l.ids = make(map[string]int32, len(l.names))
	for i, n := range l.names {
		l.ids[n] = int32(i)
	}
}

// ID returns a label's id, false if training did not have it.
func (l *Labels) ID(name string) (int32, bool) {
	id, ok := l.ids[name]
	return id, ok
}

// Name returns an id's label; a negative id is a label that training did not have.
func (l *Labels) Name(id int32) string {
	if id < 0 {
		return "?"
	}
	return l.names[id]
}

// Names lists all labels by id; the slice is the Labels' own.
func (l *Labels) Names() []string { return l.names }

// Len counts the labels.
func (l *Labels) Len() int { return len(l.names) }
