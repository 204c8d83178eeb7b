package main

import (
	"bytes"
	"encoding/json"
	"slices"

	"braid/data"
	"braid/job"
	"braid/model"
)

// answerJSON is the answer of one task, without the fields that its kind does not have.
type answerJSON struct {
	Label         *string            `json:"label,omitempty"`
	Labels        *[]string          `json:"labels,omitempty"`
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Entities      *[]model.Entity    `json:"entities,omitempty"`
	Tags          []string           `json:"tags,omitempty"`
	Tokens        []string           `json:"tokens,omitempty"`    // of tagging, if they differ from those of the text
	Truncated     bool               `json:"truncated,omitempty"` // unless the texts of all tasks are
	Value         *float64           `json:"value,omitempty"`
}

type predictionJSON struct {
	Text      string                `json:"text"`
	Tokens    []string              `json:"tokens"`
	Truncated bool                  `json:"truncated,omitempty"`
	Tasks     map[string]answerJSON `json:"tasks"`
}

type failureJSON struct {
	Text  *string `json:"text,omitempty"`
	Error string  `json:"error"`
}

// writeObject writes an answer as a JSON object on one line: the other fields of the question first, then those of
// the answer.
func writeObject(out *bytes.Buffer, q *question, p *model.Prediction) {
	var own any
	if p != nil {
		own = jsonOf(p)
	} else {
		f := failureJSON{Error: q.failure()}
		if q.known {
			f.Text = &q.text.Text
		}
		own = f
	}
	out.WriteByte('{')
	appendFields(out, q.rest)
	var object bytes.Buffer
	enc := json.NewEncoder(&object)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(own); err != nil {
		panic(err) // own has only strings and finite numbers
	}
	out.Write(object.Bytes()[1:])
}

func jsonOf(p *model.Prediction) predictionJSON {
	line := predictionJSON{Text: p.Text, Tokens: tokenTexts(p.Words), Truncated: p.Truncated,
		Tasks: map[string]answerJSON{}}
	all := !slices.ContainsFunc(p.Tasks, func(a model.TaskAnswer) bool { return !a.Truncated })
	for i := range p.Tasks {
		a := answerOf(&p.Tasks[i])
		if a.Entities != nil && !slices.Equal(p.Tasks[i].Words, p.Words) {
			a.Tokens = tokenTexts(p.Tasks[i].Words)
		}
		a.Truncated = p.Tasks[i].Truncated && !all
		line.Tasks[p.Tasks[i].Task] = a
	}
	return line
}

func tokenTexts(words []data.Token) []string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return texts
}

func answerOf(a *model.TaskAnswer) answerJSON {
	switch kind := job.KindOf(a.Kind); {
	case kind.Answer == job.Number:
		return answerJSON{Value: &a.Value}
	case kind.Answer == job.Set:
		return answerJSON{Labels: &a.Labels, Probabilities: a.Probabilities}
	case kind.Per == job.PerText:
		return answerJSON{Label: &a.Label, Probabilities: a.Probabilities}
	}
	entities := a.Entities
	if entities == nil {
		entities = []model.Entity{}
	}
	return answerJSON{Tags: a.Tags, Entities: &entities}
}
