package task

import (
	"braid/data"
	"braid/job"
	"braid/nn"
)

// Decoder turns rows of numbers into answers: one row per text, or one row per word if the
// task's kind has an answer per word. A Decoder has a shape and no numbers. It must be safe
// for concurrent use.
type Decoder interface {
	// Specs lists the decoder's parameters in the order in which they lie in memory. Write
	// fills a gradient in the same order.
	Specs() []nn.Spec

	// NewWeights returns memory for one version of the parameters.
	NewWeights() DecoderWeights

	// NewPass returns the memory of one goroutine.
	NewPass() DecoderPass

	// Normaliser returns what example e adds to the normaliser of the loss. It must be what
	// Loss adds for e, up to the order of additions. An example without a label adds 0.
	Normaliser(c *data.Corpus, t *data.Target, e uint32) float64

	// Products counts the multiply-adds of the matrix products of Forward over n rows.
	Products(n int) int
}

// DecoderWeights is one version of a decoder's parameters in the form that a pass reads. It
// is read-only between two calls of Pack.
type DecoderWeights interface {
	// Pack takes over the current values of params, which are as Specs lists them. Backward needs
	// backward set. Pack must not allocate once its memory has grown.
	Pack(params []nn.Param, backward bool)
}

// DecoderPass computes one block at a time. Its methods must not allocate once their memory
// has grown; Probabilities of an answer per word may. The argument w is always a DecoderWeights of
// the same Decoder.
type DecoderPass interface {
	// Forward computes what Loss, Decode and Probabilities read. x has one row per text, in
	// the order of l, or one row per word, in the order of l's rows; Write reads x again.
	Forward(w DecoderWeights, l *nn.Layout, x []float32)

	// Loss returns the summed loss of a shard's texts and the sum of their normalisers, and
	// keeps scale times the gradient for Backward. A missing label, and one that training did
	// not have, must add 0 to all three.
	Loss(t *Targets, shard int, scale float32) (sum, normaliser float64)

	// Backward returns the gradient of x after Loss has run for every shard. The result lies
	// in room if room is large enough, otherwise in the pass's own memory. room may be nil.
	Backward(w DecoderWeights, room []float32) (dx []float32)

	// Write sets grad to a shard's gradient of the parameters.
	Write(shard int, grad []float32)

	// Decode sets a to the answer for text i of the layout, without probabilities.
	Decode(i int, a *Decoded)

	// Probabilities sets a to the answer for text i of the layout.
	Probabilities(i int, a *Decoded)
}

// Decoded is an answer in numbers. A decoder fills the fields of its task's kind.
type Decoded struct {
	Classes []int32 // answer Class: of the text, or of each of its words
	Set     []bool  // answer Set: by class, whether the set has it
	Value   float32 // answer Number

	// Probabilities are by class if the text has one answer, and otherwise the probability of
	// each word's class. An answer that is a number has none.
	Probabilities []float32

	// Spans are the spans of the words' classes and their probabilities, if tags form spans.
	Spans []ScoredSpan
}

// ScoredSpan is a span and the probability that the text has exactly this span.
type ScoredSpan struct {
	Span
	Probability float32
}

// DecoderSpec describes the task that a decoder serves.
type DecoderSpec struct {
	Task   job.Task
	Labels *data.Labels // nil if the answer is a number
	Width  int          // numbers per row
}

// Classes returns the number of classes, 1 for a task whose answer is a number.
func (s *DecoderSpec) Classes() int {
	if s.Labels == nil {
		return 1
	}
	return s.Labels.Len()
}
