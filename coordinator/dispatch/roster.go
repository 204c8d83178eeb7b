package dispatch

import (
	"cmp"
	"slices"
)

// roster is a set of members in the order in which they joined. A change moves a part of a list of pointers; changes
// are rare compared with messages.
type roster []*member

func (r roster) find(w *member) (at int, found bool) {
	return slices.BinarySearchFunc(r, w, func(a, b *member) int { return cmp.Compare(a.seq, b.seq) })
}

// set adds or removes a member.
func (r *roster) set(w *member, in bool) {
	at, found := r.find(w)
	switch {
	case in && !found:
		*r = slices.Insert(*r, at, w)
	case !in && found:
		*r = slices.Delete(*r, at, at+1)
	}
}

// silence lists members by the time of their last message, the oldest first. Every operation is O(1).
type silence struct{ first, last *member }

// speak moves a member to the end.
func (q *silence) speak(w *member) {
	q.remove(w)
	w.before, w.after = q.last, nil
	if q.last != nil {
		q.last.after = w
	} else {
		q.first = w
	}
	q.last = w
}

// remove removes a member, if it is in the list.
func (q *silence) remove(w *member) {
	switch {
	case w.before != nil:
		w.before.after = w.after
	case q.first == w:
		q.first = w.after
	}
	switch {
	case w.after != nil:
		w.after.before = w.before
	case q.last == w:
		q.last = w.before
	}
	w.before, w.after = nil, nil
}
