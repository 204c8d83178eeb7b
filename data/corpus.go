package data

import "slices"

// Corpus is one split of one data set as numbers: all that a worker computes from.
type Corpus struct {
	Offsets []uint32 // n+1; the words of example i are Words[Offsets[i]:Offsets[i+1]], at least one
	Words   []uint32 // word ids
	Targets []Target // of the tasks that read this data set, in job order
	Any     []uint32 // examples with a label of any task, ascending
}

// Target is one task's labels over a Corpus.
type Target struct {
	Task int // index in job.Tasks
	// classification: by example, -1 missing; a label that training did not have is Labels.Len() or
	// more
	Class    []int32
	Tags     []int32   // tagging: by word, aligned with Corpus.Words, -1 missing
	SetOff   []uint32  // multilabel: n+1, labels of example i are SetIDs[SetOff[i]:SetOff[i+1]]
	SetIDs   []int32   //
	Values   []float32 // regression: by example, NaN missing
	Labelled []uint32  // examples that carry a label, ascending

	// Tagging: the gold tags of the words that max_tokens left out, so that a score counts them.
	// Example Cut[i] has CutTags[CutOff[i]:CutOff[i+1]] behind those in Tags; Cut ascends.
	Cut, CutOff []uint32
	CutTags     []int32
}

// cut adds the tags of an example's words that were left out.
func (t *Target) cut(example uint32, labels *Labels, tags []string) {
	if len(t.Cut) == 0 {
		t.CutOff = append(t.CutOff, 0)
	}
	for _, tag := range tags {
		t.CutTags = append(t.CutTags, labels.meet(tag))
	}
	t.Cut, t.CutOff = append(t.Cut, example), append(t.CutOff, uint32(len(t.CutTags)))
}

// Beyond returns the gold tags of an example's words that were left out; nil if none were.
func (t *Target) Beyond(example uint32) []int32 {
	i, cut := slices.BinarySearch(t.Cut, example)
	if !cut {
		return nil
	}
	return t.CutTags[t.CutOff[i]:t.CutOff[i+1]]
}

// Prepared is a job's data, read, counted and turned into numbers.
type Prepared struct {
	Vocab  *Vocab
	Labels []*Labels // by task; nil for regression
	Sets   []Set     // by data set of the job
	Digest Digest    // of what was read; empty on a worker, which has only the numbers
}

// Set is one data set's splits; Dev and Test are nil when the job has none.
type Set struct {
	Name             string
	Train, Dev, Test *Corpus
}
