package skipgram

import (
	"context"
	"fmt"
	"math"

	"braid/internal/kernel"
	"braid/internal/rng"
)

// Vectors are the trained vectors.
type Vectors struct {
	Dim   int
	Words []string  // by falling count in the text
	Rows  []float32 // (words, D)
}

// reportWords is the number of words after which Train calls progress and looks at its context.
const reportWords = 1 << 14

// Train returns the vectors of the frequent words of a text. If progress is not nil, it is called
// now and then with the share of the work that is done. Train returns an error if the text has too
// few words, and that of ctx.
func Train(ctx context.Context, text *Corpus, c Config, progress func(share float64)) (*Vectors, error) {
	v, err := text.frequent(c.MinCount)
	if err != nil {
		return nil, err
	}
	t := newTrainer(v, c)
	steps, report := float64(c.Epochs)*float64(len(v.text)), 0
	for range c.Epochs {
		for lo := 0; lo < len(v.text); {
			share := float64(t.seen) / steps
			if t.seen >= report {
				report = t.seen + reportWords
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				if progress != nil {
					progress(share)
				}
			}
			lo += t.sentence(v.text[lo:], c.Rate*max(1-share, 0))
		}
	}
	out := &Vectors{Dim: c.Dim, Words: v.names, Rows: make([]float32, len(v.names)*c.Dim)}
	for id := range v.names {
		row := out.Rows[id*c.Dim : (id+1)*c.Dim]
		t.mean(row, uint32(id))
		if !kernel.Finite(row) {
			return nil, fmt.Errorf("the vector of %q is not finite: lower the learning rate", v.names[id])
		}
	}
	return out, nil
}

// trainer is the parameters and the memory of a training.
type trainer struct {
	Config
	vocab   *vocabulary
	input   []float32 // (words + buckets, D)
	output  []float32 // (words, D)
	parts   []uint32  // rows of input; those of word i are parts[partOff[i]:partOff[i+1]]
	partOff []uint32
	keep    []float64 // by word: probability
	noise   []uint32  // words, each as often as it is sampled
	random  *rng.Stream
	seen    int // words of the text, and ends of sentences

	kept           []uint32 // of the sentence
	hidden, dInput []float32
	targets        []uint32
	scores         []float32
}

// noiseSize is the length of trainer.noise.
const noiseSize = 1 << 20

func newTrainer(v *vocabulary, c Config) *trainer {
	n := len(v.names)
	t := &trainer{Config: c, vocab: v, random: rng.Key{Seed: c.Seed, Purpose: rng.SkipGram}.Stream(),
		hidden: make([]float32, c.Dim), dInput: make([]float32, c.Dim),
		targets: make([]uint32, c.Negatives+1), scores: make([]float32, c.Negatives+1)}
	buckets := c.Buckets
	if c.MaxN == 0 {
		buckets = 0
	}
	t.input, t.output = make([]float32, (n+buckets)*c.Dim), make([]float32, n*c.Dim)
	for i := range t.input {
		t.input[i] = (float32(2*t.random.Float32()) - 1) / float32(c.Dim)
	}
	t.partOff = append(t.partOff, 0)
	for id, word := range v.names {
		t.parts = append(t.parts, uint32(id))
		if buckets > 0 {
			t.parts = c.ngrams(t.parts, word, n)
		}
		t.partOff = append(t.partOff, uint32(len(t.parts)))
	}
	roots := 0.0
	for _, k := range v.count {
		share := float64(k) / float64(v.total)
		t.keep = append(t.keep, math.Sqrt(c.Sample/share)+c.Sample/share)
		roots += math.Sqrt(float64(k))
	}
	upTo := 0.0
	for id, k := range v.count {
		upTo += math.Sqrt(float64(k)) / roots
		for len(t.noise) < noiseSize && float64(len(t.noise)) < upTo*noiseSize {
			t.noise = append(t.noise, uint32(id))
		}
	}
	return t
}

// sentence trains on the first sentence of a text, and returns its length with the end.
func (t *trainer) sentence(text []uint32, rate float64) (n int) {
	t.kept = t.kept[:0]
	for n < len(text) && text[n] != end {
		if t.Sample <= 0 || t.random.Float64() < t.keep[text[n]] {
			t.kept = append(t.kept, text[n])
		}
		n++
	}
	for i := range t.kept {
		t.center(i, float32(rate))
	}
	n++
	t.seen += n
	return n
}

// center trains one word of the sentence on the words around it. Unlike fastText, which updates
// the word's rows after each context word, center does so once after all of them.
func (t *trainer) center(i int, rate float32) {
	reach := 1 + t.random.Intn(t.Window)
	lo, hi := max(i-reach, 0), min(i+reach, len(t.kept)-1)
	if lo == hi {
		return
	}
	t.mean(t.hidden, t.kept[i])
	clear(t.dInput)
	for k := lo; k <= hi; k++ {
		if k != i {
			t.context(t.kept[k], rate)
		}
	}
	for _, row := range t.rowsOf(t.kept[i]) {
		kernel.AddTo(t.input[int(row)*t.Dim:int(row+1)*t.Dim], t.dInput)
	}
}

// context learns to tell a word of the context from sampled words, given t.hidden. It updates their
// output rows and adds the step of the input rows to t.dInput.
func (t *trainer) context(word uint32, rate float32) {
	t.targets = append(t.targets[:0], word)
	for range t.Negatives {
		if other := t.noise[t.random.Intn(len(t.noise))]; other != word {
			t.targets = append(t.targets, other)
		}
	}
	for k, target := range t.targets {
		t.scores[k] = float32(kernel.Dot(t.hidden, t.out(target)))
	}
	kernel.Sigmoid(t.scores, t.scores)
	for k, target := range t.targets {
		step := -rate * t.scores[k]
		if k == 0 {
			step = rate * (1 - t.scores[k])
		}
		out := t.out(target)
		kernel.Axpy(step, out, t.dInput)
		kernel.Axpy(step, t.hidden, out)
	}
}

func (t *trainer) out(word uint32) []float32 { return t.output[int(word)*t.Dim : int(word+1)*t.Dim] }

func (t *trainer) rowsOf(word uint32) []uint32 { return t.parts[t.partOff[word]:t.partOff[word+1]] }

// mean sets dst to the mean of a word's input rows.
func (t *trainer) mean(dst []float32, word uint32) {
	clear(dst)
	rows := t.rowsOf(word)
	for _, row := range rows {
		kernel.AddTo(dst, t.input[int(row)*t.Dim:int(row+1)*t.Dim])
	}
	kernel.Scale(1/float32(len(rows)), dst)
}
