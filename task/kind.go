package task

import (
	"fmt"

	"braid/job"
)

// kind is what tells one kind of task from another.
type kind interface {
	// size is how many counts and sums a score has.
	size(labels int) (counts, sums int)
	// merge makes the sums of s those of s and o together; the counts of both are as before it.
	merge(s, o *Score)
	// metrics makes a score's figures.
	metrics(s *Score) map[string]float64
	// loss adds up the given rows of one shard and writes scale times the gradient to dLogits.
	loss(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64)
	// count adds one sequence's answer to a score and says whether all of it was right. rows
	// are its rows in the logits.
	count(h *Head, s *State, t *Targets, rows []int32, score *Score) bool
	// perfect writes logits whose answers are the targets, where the head has such an answer.
	perfect(h *Head, s *State, t *Targets)
	// check says why a score cannot be one of the examples of which best is the perfect score;
	// nil: it can. Both have the same size.
	check(h *Head, s, best *Score) error
	// answer makes one sequence's answer.
	answer(h *Head, s *State, rows []int32) Answer
}

// counted is what kinds have in common whose scores are counts alone.
type counted struct{}

func (counted) merge(_, _ *Score) {}

// kinds is the table.
var kinds = map[string]kind{
	"classification": classification{},
	"multilabel":     multilabel{},
	"tagging":        tagging{},
	"regression":     regression{},
}

// kindOf looks a task's kind up. Plain tags are tagging without spans.
func kindOf(t job.Task) kind {
	k, ok := kinds[t.Kind]
	if !ok {
		panic(fmt.Sprintf("task: no kind %q", t.Kind)) // job refuses it first
	}
	if t.Scheme == "plain" {
		return tagging{plain: true}
	}
	return k
}

// Targets are one task's labels over a block: by row of the logits, which is a sequence,
// or for tagging a step of one.
type Targets struct {
	Class  []int32   // classification and tagging; -1 missing, the head's classes or more: not learnt
	Sets   []float32 // multilabel, (rows, classes) of 0 and 1; a row that starts below 0 is missing
	Extra  []int32   // multilabel: labels of a row that are none of the classes
	Values []float32 // regression; NaN missing
	Has    []bool    // by sequence: it carries a label of this task
	Beyond [][]int32 // tagging, by sequence: gold tags of words that the model does not see; nil: of no sequence
}

// Answer is what a head says of one sequence.
type Answer struct {
	Label         string             // classification
	Labels        []string           // multilabel
	Tags          []string           // tagging, one a word
	Value         float64            // regression
	Probabilities map[string]float64 // classification, multilabel
	Confidence    []float64          // tagging: probability of each word's tag
}

// argmax returns the first of the greatest.
func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func crossEntropy(h *Head, s *State, t *Targets, rows []int32, scale float32) (sum, norm float64) {
	return h.entropy.Loss(&s.entropy, s.logits, t.Class, rows, scale, s.dLogits)
}
