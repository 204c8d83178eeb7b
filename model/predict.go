package model

import (
	"braid/data"
	"braid/job"
)

// view is a reading of texts and the tasks whose data sets read texts like this. Most models
// have one.
type view struct {
	data.Reading
	tasks []int
}

// viewsOf returns the views of an architecture's tasks; maxWords is that of Limits.
func viewsOf(a *Architecture, maxWords int) (views []view) {
	place := map[data.Reading]int{}
	for t := range a.Job.Tasks {
		r := data.ReadingOf(a.Job.Data[a.Job.SetOf(t)])
		if maxWords > 0 {
			r.MaxTokens = min(r.MaxTokens, maxWords)
		}
		i, ok := place[r]
		if !ok {
			i = len(views)
			place[r], views = i, append(views, view{Reading: r})
		}
		views[i].tasks = append(views[i].tasks, t)
	}
	return views
}

// words returns the words of a text that a view's tasks read.
func (v view) words(t Text) (words []data.Token, truncated bool) {
	if t.Words == nil {
		return v.Cut(t.Text)
	}
	n := min(len(t.Words), v.MaxTokens)
	return t.Words[:n], n < len(t.Words)
}

// readText is an unfinished prediction and its words in a view.
type readText struct {
	*Prediction
	words     []data.Token
	columns   [][]string // as Text.Columns
	truncated bool
}

// Limits of the texts of one block. A single text may have more words.
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
	a := p.arch
	b := data.NewBuilder(v, view.Reading, len(block))
	if len(p.shards) == 0 {
		p.shards, p.losses = append(p.shards, nil), append(p.losses, nil)
	}
	p.shards[0] = p.shards[0][:0]
	for i := range block {
		for k, w := range block[i].words {
			p.values = p.values[:0]
			for _, column := range block[i].columns {
				p.values = append(p.values, column[k])
			}
			b.Word(w.Text, p.values...)
		}
		b.EndText()
		p.shards[0] = append(p.shards[0], uint32(i))
	}
	p.batch.collect(b.Corpus(), p.shards[:1])
	p.forward(nil, 0)
	for _, t := range view.tasks {
		h, j := p.head(t), a.Job.Tasks[t]
		for i, e := range p.batch.examples {
			answer := TaskAnswer{Task: j.Name, Kind: j.Kind, Words: block[e].words, Truncated: block[e].truncated,
				Answer: h.Answer(i)}
			if j.Of().Per == job.PerWord {
				n := len(answer.Words) // a text without words has one tag and shows none
				answer.Tags, answer.Confidence = answer.Tags[:n], answer.Confidence[:n]
				if j.Spans() {
					answer.Entities = entities(block[e].Text, &answer)
				}
			}
			block[e].Tasks[t] = answer
		}
	}
}
