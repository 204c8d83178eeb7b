package data

import (
	"fmt"
	"slices"
)

// Corpus is one split of one data set as numbers. Workers compute from it alone.
type Corpus struct {
	Offsets []uint32 // n+1; example i has Words[Offsets[i]:Offsets[i+1]], at least one
	Words   []uint32 // word ids
	Columns []Column // of the vocabulary's inputs, in their order; nil if it has none
	Targets []Target // of the tasks that read this data set, in the order of the job
	Any     []uint32 // examples with a label of any task, ascending
}

// Column is the ids of one input for every word of a Corpus. The ids of word k are
// IDs[Off[k]:Off[k+1]].
type Column struct {
	Off []uint32 // number of words + 1
	IDs []uint32
}

// Check returns an error if the corpus has an id that the vocabulary does not have, or other columns
// than the vocabulary has inputs. A corpus from the network must pass before a model reads it.
func (c *Corpus) Check(v *Vocab) error {
	if len(c.Columns) != len(v.inputs) {
		return fmt.Errorf("data: a corpus with %d columns for a vocabulary with %d inputs", len(c.Columns), len(v.inputs))
	}
	for i := range v.inputs {
		if id, size := largestID(c.Columns[i].IDs), v.inputs[i].Size(); id >= size {
			return fmt.Errorf("data: id %d of the input %s, which has %d", id, v.inputs[i].name, size)
		}
	}
	if id := largestID(c.Words); id >= v.Len() {
		return fmt.Errorf("data: id %d of a vocabulary of %d", id, v.Len())
	}
	return nil
}

// largestID returns the largest id, -1 if there is none.
func largestID(ids []uint32) int {
	if len(ids) == 0 {
		return -1
	}
	return int(slices.Max(ids))
}

// Target is one task's labels over a Corpus.
type Target struct {
	Task int // index in job.Tasks
	// classification: by example. -1 means not labelled. A label that training does not have is
	// Labels.Len() or more.
	Class    []int32
	Tags     []int32   // tagging: by word, aligned with Corpus.Words, -1 for not labelled
	SetOff   []uint32  // multilabel: n+1, labels of example i are SetIDs[SetOff[i]:SetOff[i+1]]
	SetIDs   []int32   //
	Values   []float32 // regression: by example, NaN for not labelled
	Labelled []uint32  // examples with a label, ascending

	// tagging: the gold tags of the words that max_tokens cuts off, which scores count. Example
	// Cut[i] has CutTags[CutOff[i]:CutOff[i+1]] after those in Tags. Cut ascends.
	Cut, CutOff []uint32
	CutTags     []int32
}

// cut adds the tags of an example's words that are cut off.
func (t *Target) cut(example uint32, labels *Labels, tags []string) {
	if len(t.Cut) == 0 {
		t.CutOff = append(t.CutOff, 0)
	}
	for _, tag := range tags {
		t.CutTags = append(t.CutTags, labels.meet(tag))
	}
	t.Cut, t.CutOff = append(t.Cut, example), append(t.CutOff, uint32(len(t.CutTags)))
}

// Beyond returns the gold tags of an example's words that are cut off; nil if there are none.
func (t *Target) Beyond(example uint32) []int32 {
	i, cut := slices.BinarySearch(t.Cut, example)
	if !cut {
		return nil
	}
	return t.CutTags[t.CutOff[i]:t.CutOff[i+1]]
}

// Prepared is a job's data as numbers.
type Prepared struct {
	Vocab  *Vocab
	Labels []*Labels // by task; nil for regression
	Sets   []Set     // by data set of the job
	Digest Digest    // empty on a worker

	Vectors *Vectors // nil if the job has no word vectors, and on a worker
}

// Set is the splits of one data set. Dev and Test may be nil.
type Set struct {
	Name             string
	Train, Dev, Test *Corpus
}
