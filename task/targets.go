package task

import (
	"slices"

	"braid/data"
	"braid/nn"
)

// Targets are one task's labels over a block. The kind of the task decides which fields are
// set. A row is a text, or a word if the kind has an answer per word; texts and words are in
// the order of the layout.
type Targets struct {
	Has []bool // by text: it has a label of this task

	Class []int32 // answer Class, by row; -1 missing, the number of classes or more: not in training
	Known []int32 // answer Class, by row: Class, but -1 where training did not have the label

	Sets  []float32 // answer Set, (rows, classes) of 0 and 1; a row that starts below 0 is missing
	Extra []int32   // answer Set, by row: labels that training did not have

	Values []float32 // answer Number, by row; NaN missing

	// Beyond are by text the gold classes of its words that the model does not see, nil for
	// a text that has none. If Beyond is empty, no text has any.
	Beyond [][]int32

	layout *nn.Layout
}

// Gather sets t to the labels of the given examples of a corpus, which are the texts of l.
func (h *Head) Gather(t *Targets, c *data.Corpus, from *data.Target, l *nn.Layout, examples []uint32) {
	t.layout, t.Has = l, t.Has[:0]
	for _, e := range examples {
		_, has := slices.BinarySearch(from.Labelled, e)
		t.Has = append(t.Has, has)
	}
	h.kind.gather(h, t, c, from, examples)
}

// setKnown fills Known from Class for a decoder of k classes.
func (t *Targets) setKnown(k int) {
	t.Known = t.Known[:0]
	for _, id := range t.Class {
		if int(id) >= k {
			id = -1
		}
		t.Known = append(t.Known, id)
	}
}

// classesOf returns the gold classes of an example: of the text, or of each word.
func classesOf(c *data.Corpus, t *data.Target, e uint32, perWord bool) []int32 {
	if perWord {
		return t.Tags[c.Offsets[e]:c.Offsets[e+1]]
	}
	return t.Class[e : e+1]
}

// appendWords appends the rows of the words of text i in their order.
func appendWords(dst []int32, l *nn.Layout, i int) []int32 {
	for t := range int(l.Lengths[i]) {
		dst = append(dst, int32(l.At(t, i)))
	}
	return dst
}
