package model

import (
	"fmt"
	"math"
	"strings"

	"braid/data"
	"braid/job"
	"braid/task"
)

// Text is a text to predict.
type Text struct {
	Text  string
	Words []data.Token // offsets into Text in bytes; nil: each data set's tokenizer cuts the text
}

// Joined is the text of words that are given: the words with blanks between them.
func Joined(words []string) Text {
	t := Text{Text: strings.Join(words, " "), Words: make([]data.Token, 0, len(words))}
	at := 0
	for _, w := range words {
		t.Words = append(t.Words, data.Token{Text: w, Start: at, End: at + len(w)})
		at += len(w) + 1
	}
	return t
}

// Prediction is what a model says of one text.
type Prediction struct {
	Text      string
	Words     []data.Token // as the first task's data set reads the text
	Truncated bool         // of any task
	Tasks     []TaskAnswer // in the job's order
	Err       error        // set: there is no answer, and Tasks is nil
}

// TaskAnswer is one task's part of a prediction.
type TaskAnswer struct {
	Task, Kind string
	Words      []data.Token // as the task's data set reads the text
	Truncated  bool         // the text has more words than the data set's max_tokens: the task saw the first
	task.Answer
	Entities []Entity // tagging with spans
}

// Entity is a found span.
type Entity struct {
	Type       string  `json:"type"`
	Text       string  `json:"text"`
	Start      int     `json:"start"` // in characters (code points)
	End        int     `json:"end"`   // past the last one
	StartByte  int     `json:"start_byte"`
	EndByte    int     `json:"end_byte"`
	Confidence float64 `json:"confidence"` // the least probability of its words' tags
}

// Predictor answers on some goroutines; one call at a time.
type Predictor struct {
	bundle *Bundle
	engine *Engine
	views  []view
}

// view is a reading of texts and the tasks whose data sets read so. Most models have one.
type view struct {
	data.Reading
	tasks []int
}

// NewPredictor makes a predictor for threads goroutines.
func NewPredictor(b *Bundle, threads int) *Predictor {
	return &Predictor{b, NewEngine(b.Model, threads), viewsOf(b.Model)}
}

func viewsOf(m *Model) (views []view) {
	place := map[data.Reading]int{}
	for t := range m.Job.Tasks {
		r := data.ReadingOf(m.Job.Data[m.Job.SetOf(t)])
		i, ok := place[r]
		if !ok {
			i = len(views)
			place[r], views = i, append(views, view{Reading: r})
		}
		views[i].tasks = append(views[i].tasks, t)
	}
	return views
}

// Texts answers for texts, which are cut into words as the tasks' data sets say.
func (p *Predictor) Texts(texts []string) []Prediction {
	all := make([]Text, len(texts))
	for i, t := range texts {
		all[i].Text = t
	}
	return p.Answer(all)
}

// Tokens answers for texts that are words already.
func (p *Predictor) Tokens(texts [][]string) []Prediction {
	all := make([]Text, len(texts))
	for i, words := range texts {
		all[i] = Joined(words)
	}
	return p.Answer(all)
}

// Answer answers for texts, in their order. A text without words is answered as one unknown word.
func (p *Predictor) Answer(texts []Text) []Prediction {
	out := make([]Prediction, len(texts))
	for i, t := range texts {
		out[i] = Prediction{Text: t.Text, Tasks: make([]TaskAnswer, len(p.bundle.Model.Job.Tasks))}
	}
	for n, v := range p.views {
		read := make([]readText, len(texts))
		for i, t := range texts {
			words, truncated := v.words(t)
			read[i] = readText{&out[i], words, truncated}
			out[i].Truncated = out[i].Truncated || truncated
			if n == 0 {
				out[i].Words = words
			}
		}
		blocks := blocksOf(read)
		p.engine.each(len(blocks), func(_ *Engine, ps *passes, b int) {
			p.engine.first(ps).predict(p.bundle.Vocab, v, blocks[b])
		})
	}
	for i := range out {
		if err := out[i].finite(); err != nil {
			out[i].Err, out[i].Tasks = err, nil
		}
	}
	return out
}

// words are the words of a text that a view's tasks see.
func (v view) words(t Text) (words []data.Token, truncated bool) {
	if t.Words == nil {
		return v.Cut(t.Text)
	}
	n := min(len(t.Words), v.MaxTokens)
	return t.Words[:n], n < len(t.Words)
}

// readText is a prediction under way and its words in a view.
type readText struct {
	*Prediction
	words     []data.Token
	truncated bool
}

// Texts that go through the model at once, at most; a single text may have more words.
const (
	blockTexts = 64
	blockWords = 1 << 14
)

// blocksOf cuts texts into blocks.
func blocksOf(texts []readText) (blocks [][]readText) {
	for len(texts) > 0 {
		n, words := 1, len(texts[0].words)
		for n < len(texts) && n < blockTexts && words+len(texts[n].words) <= blockWords {
			words += len(texts[n].words)
			n++
		}
		blocks, texts = append(blocks, texts[:n]), texts[n:]
	}
	return blocks
}

// predict answers a view's tasks for one block of texts.
func (p *pass) predict(v *data.Vocab, view view, block []readText) {
	m := p.engine.model
	c := &data.Corpus{Offsets: []uint32{0}}
	if len(p.shards) == 0 {
		p.shards, p.losses = append(p.shards, nil), append(p.losses, nil)
	}
	p.shards[0] = p.shards[0][:0]
	for i := range block {
		for _, w := range block[i].words {
			c.Words = append(c.Words, view.ID(v, w.Text))
		}
		if len(block[i].words) == 0 {
			c.Words = append(c.Words, data.Unknown) // a text of nothing is one unknown word
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
		p.shards[0] = append(p.shards[0], uint32(i))
	}
	p.batch.collect(c, p.shards[:1])
	p.forward(nil)
	for _, t := range view.tasks {
		h, j := p.heads[t], m.Job.Tasks[t]
		h.Forward(p.engine.heads[t], &p.batch.layout, p.hidden)
		for i, e := range p.batch.examples {
			a := TaskAnswer{Task: j.Name, Kind: j.Kind, Words: block[e].words, Truncated: block[e].truncated, Answer: h.Answer(i)}
			if j.Of().Per == job.PerWord {
				a.Tags, a.Confidence = a.Tags[:len(a.Words)], a.Confidence[:len(a.Words)]
				if j.Spans() {
					a.Entities = entities(block[e].Text, &a)
				}
			}
			block[e].Tasks[t] = a
		}
	}
}

// entities are the spans of an answer's tags.
func entities(text string, a *TaskAnswer) (all []Entity) {
	at := position{text: text}
	for _, s := range task.Spans(nil, a.Tags) {
		e := Entity{Type: s.Type, StartByte: a.Words[s.Start].Start, EndByte: a.Words[s.End-1].End, Confidence: 1}
		e.Text = text[e.StartByte:e.EndByte]
		e.Start, e.End = at.characters(e.StartByte), at.characters(e.EndByte)
		for _, c := range a.Confidence[s.Start:s.End] {
			e.Confidence = min(e.Confidence, c)
		}
		all = append(all, e)
	}
	return all
}

// finite returns an error if a number of the answer is not finite.
func (p *Prediction) finite() error {
	for i := range p.Tasks {
		a := &p.Tasks[i]
		numbers := append([]float64{a.Value}, a.Confidence...)
		for _, v := range a.Probabilities {
			numbers = append(numbers, v)
		}
		for _, v := range numbers {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("task %s: the answer is %v: the weights are too large or damaged: train again", a.Task, v)
			}
		}
	}
	return nil
}
