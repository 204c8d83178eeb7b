package model

import (
	"unicode/utf8"

	"braid/data"
	"braid/task"
)

// Prediction is what a model says of one text.
type Prediction struct {
	Text  string
	Words []data.Token // offsets into Text in bytes
	Tasks []TaskAnswer // in the job's order
}

// TaskAnswer is one task's part of a prediction.
type TaskAnswer struct {
	Task, Kind string
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
}

// NewPredictor makes a predictor for threads goroutines.
func NewPredictor(b *Bundle, threads int) *Predictor {
	return &Predictor{b, NewEngine(b.Model, threads)}
}

// predictTogether is how many texts go through the model at once.
const predictTogether = 64

// Texts answers for texts, which are cut into words as Tokenize does.
func (p *Predictor) Texts(texts []string) []Prediction {
	out := make([]Prediction, len(texts))
	for i, t := range texts {
		out[i] = Prediction{Text: t, Words: data.Tokenize(t)}
	}
	p.answer(out)
	return out
}

// Tokens answers for texts that are words already; the text is the words with spaces.
func (p *Predictor) Tokens(texts [][]string) []Prediction {
	out := make([]Prediction, len(texts))
	for i, words := range texts {
		for k, w := range words {
			if k > 0 {
				out[i].Text += " "
			}
			at := len(out[i].Text)
			out[i].Text += w
			out[i].Words = append(out[i].Words, data.Token{Text: w, Start: at, End: at + len(w)})
		}
	}
	p.answer(out)
	return out
}

func (p *Predictor) answer(out []Prediction) {
	blocks := (len(out) + predictTogether - 1) / predictTogether
	p.engine.each(blocks, func(_ *Engine, ps *passes, b int) {
		block := out[b*predictTogether : min((b+1)*predictTogether, len(out))]
		p.engine.first(ps).predict(p.bundle.Vocab, block)
	})
}

// predict answers for one block of texts.
func (p *pass) predict(v *data.Vocab, block []Prediction) {
	m := p.engine.model
	c := &data.Corpus{Offsets: []uint32{0}}
	if len(p.shards) == 0 {
		p.shards, p.losses = append(p.shards, nil), append(p.losses, nil)
	}
	p.shards[0] = p.shards[0][:0]
	for i := range block {
		for _, w := range block[i].Words {
			c.Words = append(c.Words, v.ID(w.Text))
		}
		if len(block[i].Words) == 0 {
			c.Words = append(c.Words, data.Unknown) // a text of nothing is one unknown word
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
		p.shards[0] = append(p.shards[0], uint32(i))
	}
	p.batch.collect(c, p.shards[:1])
	p.forward(nil)
	for t, h := range m.heads {
		h.Forward(&p.heads[t], &p.engine.heads[t], &p.batch.layout, p.hidden)
		for i, e := range p.batch.examples {
			a := TaskAnswer{Task: m.Job.Tasks[t].Name, Kind: m.Job.Tasks[t].Kind, Answer: h.Answer(&p.heads[t], i)}
			block[e].add(a, m.Job.Tasks[t].Scheme)
		}
	}
}

// add appends a task's answer and finds its entities.
func (p *Prediction) add(a TaskAnswer, scheme string) {
	if a.Kind == "tagging" {
		a.Tags, a.Confidence = a.Tags[:len(p.Words)], a.Confidence[:len(p.Words)]
		if scheme != "plain" {
			for _, s := range task.Spans(nil, a.Tags) {
				e := Entity{Type: s.Type, StartByte: p.Words[s.Start].Start, EndByte: p.Words[s.End-1].End, Confidence: 1}
				e.Text = p.Text[e.StartByte:e.EndByte]
				e.Start = utf8.RuneCountInString(p.Text[:e.StartByte])
				e.End = e.Start + utf8.RuneCountInString(e.Text)
				for _, c := range a.Confidence[s.Start:s.End] {
					e.Confidence = min(e.Confidence, c)
				}
				a.Entities = append(a.Entities, e)
			}
		}
	}
	p.Tasks = append(p.Tasks, a)
}
