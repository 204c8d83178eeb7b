package task

import (
	"fmt"

	"braid/data"
	"braid/job"
)

// kind is how the answers of one kind of task are gathered, scored and named.
type kind interface {
	// gather fills the labels of t from the given examples; Has and layout are filled.
	gather(h *Head, t *Targets, c *data.Corpus, from *data.Target, examples []uint32)
	// size returns the numbers of counts and of sums of a score.
	size(labels int) (counts, sums int)
	// merge sets the sums of s to those of s and o together. It must not change the counts.
	merge(s, o *Score)
	// metrics returns a score's figures.
	metrics(s *Score) map[string]float64
	// count adds p.answer, the answer for text i, to a score and returns whether all of it is right.
	count(h *Head, p *Pass, t *Targets, i int, score *Score) bool
	// best sets a to the targets of text i as far as the head has such an answer.
	best(h *Head, t *Targets, i int, a *Decoded)
	// check returns an error if s cannot be a score of the examples of which best is the best
	// score. Both scores have the same size.
	check(h *Head, s, best *Score) error
	// name translates an answer in numbers.
	name(h *Head, a *Decoded) Answer
}

// counted is embedded by kinds whose scores have no sums.
type counted struct{}

func (counted) merge(_, _ *Score) {}

// kinds is the table of scores and names by the properties of a kind.
var kinds = map[answerOf]kind{
	{job.PerText, job.Class}:  classification{},
	{job.PerText, job.Set}:    multilabel{},
	{job.PerWord, job.Class}:  tagging{},
	{job.PerText, job.Number}: regression{},
}

type answerOf struct {
	per    job.Per
	answer job.Answer
}

// kindOf looks up a task's kind. Tags that form no spans are tagging without spans.
func kindOf(t job.Task) kind {
	of := t.Of()
	k, ok := kinds[answerOf{of.Per, of.Answer}]
	if !ok {
		panic(fmt.Sprintf("task: no kind %q", t.Kind)) // job refuses it first
	}
	if k == (tagging{}) && !t.Spans() {
		return tagging{plain: true}
	}
	return k
}

// Answer is the answer for one text, in names.
type Answer struct {
	Label         string             // classification
	Labels        []string           // multilabel
	Tags          []string           // tagging, one per word
	Value         float64            // regression
	Probabilities map[string]float64 // classification, multilabel
	Confidence    []float64          // tagging: probability of each word's tag
	Spans         []ScoredSpan       // tagging with spans: the spans of Tags
}

// byName returns probabilities by the names of their classes.
func byName(labels *data.Labels, p []float32) map[string]float64 {
	m := make(map[string]float64, len(p))
	for c, v := range p {
		m[labels.Name(int32(c))] = float64(v)
	}
	return m
}
