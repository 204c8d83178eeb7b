package task

import (
	"braid/data"
	"braid/job"
	"braid/nn"
)

// Head is what one task owns: pooling for tasks about whole sequences, a linear decoder,
// a loss. Immutable; for any number of goroutines.
type Head struct {
	task    job.Task
	kind    kind
	labels  *data.Labels // nil for regression
	pool    *nn.Pool     // nil for tagging
	linear  nn.Linear
	entropy nn.CrossEntropy
	binary  nn.BCE
}

// NewHead makes the head of a task over an encoder that gives width numbers a word, the
// second half of them running backward if directions is 2.
func NewHead(t job.Task, labels *data.Labels, width, directions int) *Head {
	h := &Head{task: t, kind: kindOf(t), labels: labels, linear: nn.Linear{In: width, Out: 1}}
	if labels != nil {
		h.linear.Out = labels.Len()
	}
	if t.Kind != "tagging" {
		pool, err := nn.ParsePool(t.Pooling)
		if err != nil {
			panic(err) // job refuses it first
		}
		h.pool = &nn.Pool{Kind: pool, Width: width, Directions: directions}
	}
	h.binary = nn.BCE{Classes: h.linear.Out}
	h.entropy = nn.CrossEntropy{Classes: h.linear.Out, Smoothing: float32(t.LabelSmoothing)}
	if len(t.ClassWeights) > 0 {
		h.entropy.Weight = make([]float32, h.linear.Out)
		for c := range h.entropy.Weight {
			h.entropy.Weight[c] = 1
			if w, ok := t.ClassWeights[labels.Name(int32(c))]; ok {
				h.entropy.Weight[c] = float32(w)
			}
		}
	}
	return h
}

// Specs are the decoder's parameters, then the pooling's.
func (h *Head) Specs() []nn.Spec {
	specs := h.linear.Specs()
	if h.pool != nil {
		specs = append(specs, nn.Prefix("pool.", h.pool.Specs())...)
	}
	return specs
}

// Classes is how many answers the decoder has: 1 for regression.
func (h *Head) Classes() int { return h.linear.Out }

// PerWord says that the logits are by word, not by sequence.
func (h *Head) PerWord() bool { return h.pool == nil }

// Packed is one version of a head's parameters, read-only.
type Packed struct {
	linear nn.LinearPacked
	pool   []nn.Param
}

// decoderParams is how many of a head's parameters are the decoder's.
const decoderParams = 2

// Pack makes p hold the current values of params, which are as Specs lists them.
func (h *Head) Pack(p *Packed, params []nn.Param) {
	h.linear.Pack(&p.linear, params[:decoderParams])
	p.pool = params[decoderParams:]
}

// State is the memory of one goroutine and one head.
type State struct {
	pool    nn.PoolState
	linear  nn.LinearState
	entropy nn.CrossEntropyState
	binary  nn.BCEState

	layout          *nn.Layout
	logits, dLogits []float32 // (rows, K)

	beyond                []int32 // gold tags of the sequence's words that the model does not see
	gold, found           []int32
	goldTags, foundTags   []string
	goldSpans, foundSpans []Span
}

func (s *State) logitsOf(h *Head, row int32) []float32 {
	k := h.linear.Out
	return s.logits[int(row)*k : (int(row)+1)*k]
}

// rowsOf are a shard's rows in the logits.
func (h *Head) rowsOf(l *nn.Layout, shard int) []int32 {
	if h.pool == nil {
		return l.Rows[shard]
	}
	return l.Seqs[shard]
}

// Forward computes logits.
//
//	hidden (N, W)  the encoder's output; read again by Backward and Weights
func (h *Head) Forward(s *State, p *Packed, l *nn.Layout, hidden []float32) {
	s.layout = l
	x := hidden
	if h.pool != nil {
		x = h.pool.Forward(&s.pool, p.pool, l, hidden)
	}
	s.logits = h.linear.Forward(&s.linear, &p.linear, x)
	s.growGradient()
}

func (s *State) growGradient() {
	if cap(s.dLogits) < len(s.logits) {
		s.dLogits = make([]float32, len(s.logits)+len(s.logits)/4)
	}
	s.dLogits = s.dLogits[:len(s.logits)]
}

// Prepare runs once after Forward and before the shards' Loss.
func (h *Head) Prepare(s *State) {
	if h.task.Kind == "classification" || h.task.Kind == "tagging" {
		h.entropy.Probabilities(&s.entropy, s.logits)
	}
}

// Loss returns a shard's summed loss and its normaliser, and keeps scale times the gradient.
func (h *Head) Loss(s *State, t *Targets, shard int, scale float32) (sum, norm float64) {
	return h.kind.loss(h, s, t, h.rowsOf(s.layout, shard), scale)
}

// Backward returns the gradient of hidden; every shard's Loss must have run.
//
//	room            memory for the result: of all heads' the largest, so they share it
//	dHidden (N, W)  in room if it is large enough, otherwise in new memory
func (h *Head) Backward(s *State, p *Packed, room []float32) (dHidden []float32) {
	if h.pool == nil {
		s.linear.Reuse(room)
		defer s.linear.Reuse(nil)
		return h.linear.Backward(&s.linear, &p.linear, s.dLogits)
	}
	s.pool.Reuse(room)
	defer s.pool.Reuse(nil)
	return h.pool.Backward(&s.pool, p.pool, h.linear.Backward(&s.linear, &p.linear, s.dLogits))
}

// Weights writes a shard's gradient of the head's parameters, in the order of Specs.
func (h *Head) Weights(s *State, shard int, grad []float32) {
	n := h.linear.Size()
	h.linear.Weights(&s.linear, h.rowsOf(s.layout, shard), grad[:n])
	if h.pool != nil {
		h.pool.Weights(&s.pool, shard, grad[n:])
	}
}

// sequenceRows are the rows of sequence i in the logits, in the order of its words.
func (h *Head) sequenceRows(s *State, dst []int32, i int) []int32 {
	dst = dst[:0]
	if h.pool != nil {
		return append(dst, int32(i))
	}
	for t := range int(s.layout.Lengths[i]) {
		dst = append(dst, int32(s.layout.At(t, i)))
	}
	return dst
}

// Count adds sequence i's answer to a score, and says whether all of it was right.
func (h *Head) Count(s *State, t *Targets, i int, score *Score) bool {
	var few [64]int32
	s.beyond = nil
	if len(t.Beyond) > 0 {
		s.beyond = t.Beyond[i]
	}
	return h.kind.count(h, s, t, h.sequenceRows(s, few[:0], i), score)
}

// Answer says what the head thinks of sequence i.
func (h *Head) Answer(s *State, i int) Answer {
	return h.kind.answer(h, s, h.sequenceRows(s, nil, i))
}
