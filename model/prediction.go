package model

import (
	"fmt"
	"math"
	"strings"

	"braid/data"
	"braid/task"
)

// Text is a text to predict.
type Text struct {
	Text string

	// Words are the words of Text, with offsets in bytes that ascend. If nil, the tokenizer of
	// each task's data set cuts the text.
	Words []data.Token

	// Columns are the values of Words in the columns that the encoder reads, in the order of the
	// job (job.Encoder.Columns): one per word.
	Columns [][]string
}

// Joined returns the text of given words: the words with blanks between them.
func Joined(words []string) Text {
	t := Text{Text: strings.Join(words, " "), Words: make([]data.Token, 0, len(words))}
	at := 0
	for _, w := range words {
		t.Words = append(t.Words, data.Token{Text: w, Start: at, End: at + len(w)})
		at += len(w) + 1
	}
	return t
}

// Prediction is the answers of all tasks to one text.
type Prediction struct {
	Text      string
	Words     []data.Token // as the first task's data set reads the text
	Truncated bool         // of any task
	Tasks     []TaskAnswer // in the job's order; nil if Err is set
	Err       error        // an answer is not finite
}

// TaskAnswer is one task's part of a prediction.
type TaskAnswer struct {
	Task, Kind string
	Words      []data.Token // as the task's data set reads the text
	Truncated  bool         // the text has more words than the task read: it read the first ones
	task.Answer
	Entities []Entity // tagging with spans
}

// Entity is a span of an answer.
type Entity struct {
	Type       string  `json:"type"`
	Text       string  `json:"text"`
	Start      int     `json:"start"` // in characters (code points)
	End        int     `json:"end"`   // past the last one
	StartByte  int     `json:"start_byte"`
	EndByte    int     `json:"end_byte"`
	Confidence float64 `json:"confidence"` // probability that the text has exactly this span
}

// entities returns the spans of an answer with their places in the text.
func entities(text string, a *TaskAnswer) (all []Entity) {
	at := position{text: text}
	for _, s := range a.Spans {
		if s.End > len(a.Words) {
			break // a text without words is answered as one unknown word
		}
		e := Entity{Type: s.Type, StartByte: a.Words[s.Start].Start, EndByte: a.Words[s.End-1].End,
			Confidence: float64(s.Probability)}
		e.Text = text[e.StartByte:e.EndByte]
		e.Start, e.End = at.characters(e.StartByte), at.characters(e.EndByte)
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
