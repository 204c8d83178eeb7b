package task

import (
	"fmt"
	"math"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// Head is the part of a model that belongs to one task: a decoder, and a pooling before it if
// the task has one answer per text. A Head has no numbers. It is immutable and safe for
// concurrent use.
type Head struct {
	kind    kind
	labels  *data.Labels // nil if the answer is a number
	classes int
	perWord bool // the task has an answer per word
	width   int  // numbers per row of the encoder and the pooling
	name    string
	read    int // classes of the tasks that are read, whose probabilities join every row
	// readNames names these classes by task and label.
	readNames []string
	factor    float32  // of these probabilities
	pool      *nn.Pool // nil if the task or the encoder needs none
	decoder   Decoder
}

// Hidden is the shape of an encoder's output.
type Hidden struct {
	Width      int     // numbers per row
	Directions int     // 2: the second half of a row comes from the direction that runs backward
	Per        job.Per // one row per word, or one per text
}

// NewHead returns the head of a task that reads the answers of the given heads. It panics if the task has an
// answer per word and the encoder one row per text.
func NewHead(t job.Task, labels *data.Labels, in Hidden, reads ...*Head) *Head {
	spec := DecoderSpec{Task: t, Labels: labels, Width: in.Width}
	for _, h := range reads {
		spec.Width += h.classes
	}
	h := &Head{name: t.Name, kind: kindOf(t), labels: labels, classes: spec.Classes(), perWord: t.Of().Per == job.PerWord,
		width: in.Width, read: spec.Width - in.Width,
		factor: float32(math.Sqrt(float64(in.Width))), decoder: newDecoder(t.Decoder, spec)}
	for _, r := range reads {
		for _, label := range r.Classes() {
			h.readNames = append(h.readNames, r.name+" "+label)
		}
	}
	switch {
	case h.perWord && in.Per != job.PerWord:
		panic(fmt.Sprintf("task: %s has an answer per word, and the encoder one row per text", t.Name))
	case !h.perWord && in.Per == job.PerWord:
		pool, err := nn.ParsePool(t.Pooling)
		if err != nil {
			panic(err) // job refuses it first
		}
		h.pool = &nn.Pool{Kind: pool, Width: in.Width, Directions: in.Directions}
	}
	return h
}

// Specs lists the decoder's parameters, then the pooling's.
func (h *Head) Specs() []nn.Spec {
	specs := h.decoder.Specs()
	if h.pool != nil {
		specs = append(specs, nn.Prefix("pool.", h.pool.Specs())...)
	}
	return specs
}

// PerWord reports whether the task has an answer per word.
func (h *Head) PerWord() bool { return h.perWord }

// Products counts the multiply-adds of the decoder's matrix products in a forward pass.
func (h *Head) Products(words, texts int) int {
	if h.PerWord() {
		return h.decoder.Products(words)
	}
	return h.decoder.Products(texts)
}

// Normaliser returns what example e of a corpus adds to the normaliser of the loss.
func (h *Head) Normaliser(c *data.Corpus, t *data.Target, e uint32) float64 {
	return h.decoder.Normaliser(c, t, e)
}

// Weights is one version of a head's parameters, read-only between two calls of Pack.
type Weights struct {
	decoder DecoderWeights
	own     int // parameters of the decoder
	pool    []nn.Param
}

// NewWeights returns memory for one version of the parameters.
func (h *Head) NewWeights() *Weights {
	return &Weights{decoder: h.decoder.NewWeights(), own: len(h.decoder.Specs())}
}

// Pack takes over the current values of params, which are as Specs lists them. Backward needs
// backward set.
func (w *Weights) Pack(params []nn.Param, backward bool) {
	w.decoder.Pack(params[:w.own], backward)
	w.pool = params[w.own:]
}
