package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/model"
)

type predictCommand struct {
	Model   string `arg:"" help:"Model directory, or the run directory that holds it."`
	Text    string `arg:"" optional:"" help:"A text; - or nothing: standard input, a text or a JSON object a line."`
	JSON    bool   `help:"Write a JSON object a text instead of a table."`
	Workers int    `help:"Goroutines that compute. Default: all processors." placeholder:"N"`
}

// Help is shown below the flags.
func (predictCommand) Help() string {
	return `Examples:
  braid predict runs/snips/model "play some jazz by Nina Simone"
  braid predict runs/snips/model - --json < texts.txt
  echo '{"tokens": ["play", "some", "jazz"]}' | braid predict runs/snips/model --json

Input lines that start with { are JSON with "text" or "tokens"; all others are text.
Entities carry their offsets in characters (start, end) and bytes (start_byte, end_byte).`
}

// together is how many texts of standard input are answered at once.
const together = 256

// Run answers.
func (c predictCommand) Run(ctx context.Context, s streams) error {
	b, err := model.LoadBundle(c.Model)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	p := model.NewPredictor(b, c.Workers)
	write := c.table(s, b)
	if c.JSON {
		write = c.lines(s)
	}
	if c.Text != "" && c.Text != "-" {
		return write(&p.Texts([]string{c.Text})[0])
	}
	if s.terminal {
		plain.Fprintln(s.err, "reading texts from the terminal, one a line; end with Ctrl-D")
	}
	var waiting []question
	flush := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		defer func() { waiting = waiting[:0] }()
		for _, answer := range answers(p, waiting) {
			if err := write(&answer); err != nil {
				return err
			}
		}
		return nil
	}
	err = questions("standard input", s.in, func(q question) error {
		waiting = append(waiting, q)
		if len(waiting) < together && !s.terminal {
			return nil
		}
		return flush()
	})
	if failed := flush(); err == nil {
		err = failed
	}
	return err
}

// answers keeps the order of the questions, those with tokens among those with text.
func answers(p *model.Predictor, questions []question) []model.Prediction {
	var texts []string
	var tokens [][]string
	for _, q := range questions {
		if len(q.Tokens) > 0 {
			tokens = append(tokens, q.Tokens)
		} else {
			texts = append(texts, q.Text)
		}
	}
	ofTexts, ofTokens := p.Texts(texts), p.Tokens(tokens)
	out := make([]model.Prediction, 0, len(questions))
	for _, q := range questions {
		from := &ofTexts
		if len(q.Tokens) > 0 {
			from = &ofTokens
		}
		out = append(out, (*from)[0])
		*from = (*from)[1:]
	}
	return out
}

// answerJSON is one task's answer; what a kind does not have is left out.
type answerJSON struct {
	Label         *string            `json:"label,omitempty"`
	Labels        *[]string          `json:"labels,omitempty"`
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Entities      *[]model.Entity    `json:"entities,omitempty"`
	Tags          []string           `json:"tags,omitempty"`
	Value         *float64           `json:"value,omitempty"`
}

type predictionJSON struct {
	Text      string                `json:"text"`
	Tokens    []string              `json:"tokens"`
	Truncated bool                  `json:"truncated,omitempty"`
	Tasks     map[string]answerJSON `json:"tasks"`
}

// lines writes a JSON object a text.
func (c predictCommand) lines(s streams) func(*model.Prediction) error {
	out := json.NewEncoder(s.out)
	out.SetEscapeHTML(false)
	return func(p *model.Prediction) error {
		line := predictionJSON{Text: p.Text, Tokens: []string{}, Truncated: p.Truncated, Tasks: map[string]answerJSON{}}
		for _, w := range p.Words {
			line.Tokens = append(line.Tokens, w.Text)
		}
		for i := range p.Tasks {
			line.Tasks[p.Tasks[i].Task] = answerOf(&p.Tasks[i])
		}
		return out.Encode(line)
	}
}

func answerOf(a *model.TaskAnswer) answerJSON {
	switch a.Kind {
	case "classification":
		return answerJSON{Label: &a.Label, Probabilities: a.Probabilities}
	case "multilabel":
		return answerJSON{Labels: &a.Labels, Probabilities: a.Probabilities}
	case "regression":
		return answerJSON{Value: &a.Value}
	}
	entities := a.Entities
	if entities == nil {
		entities = []model.Entity{}
	}
	return answerJSON{Tags: a.Tags, Entities: &entities}
}

// table writes a few lines a text for people.
func (c predictCommand) table(s streams, b *model.Bundle) func(*model.Prediction) error {
	schemes := map[string]string{}
	for _, t := range b.Model.Job.Tasks {
		schemes[t.Name] = t.Scheme
	}
	return func(p *model.Prediction) error {
		plain.Fprintln(s.out, p.Text)
		var rows [][]string
		for i := range p.Tasks {
			rows = append(rows, answerRows(&p.Tasks[i], schemes[p.Tasks[i].Task], p)...)
		}
		return writeRows(s.out, rows)
	}
}

func writeRows(w *os.File, rows [][]string) error {
	for i := range rows {
		rows[i] = slices.Insert(rows[i], 0, " ")
	}
	term.Table(w, []bool{false, false, false, false, true, true}, rows)
	return nil
}

// answerRows are an answer's rows: task, what, text, where, how sure.
func answerRows(a *model.TaskAnswer, scheme string, p *model.Prediction) [][]string {
	switch a.Kind {
	case "classification":
		return [][]string{{a.Task, a.Label, "", "", percent(a.Probabilities[a.Label])}}
	case "regression":
		return [][]string{{a.Task, fmt.Sprintf("%.4g", a.Value), "", "", ""}}
	case "multilabel":
		if len(a.Labels) == 0 {
			return [][]string{{a.Task, "none", "", "", ""}}
		}
		var rows [][]string
		for _, l := range a.Labels {
			rows = append(rows, []string{a.Task, l, "", "", percent(a.Probabilities[l])})
		}
		return rows
	}
	if scheme == "plain" {
		var words []string
		for i, w := range p.Words {
			words = append(words, w.Text+"/"+a.Tags[i])
		}
		return [][]string{{a.Task, strings.Join(words, " ")}}
	}
	if len(a.Entities) == 0 {
		return [][]string{{a.Task, "none", "", "", ""}}
	}
	var rows [][]string
	for _, e := range a.Entities {
		rows = append(rows, []string{a.Task, e.Type, e.Text, fmt.Sprintf("%d:%d", e.Start, e.End), percent(e.Confidence)})
	}
	return rows
}

func percent(p float64) string { return fmt.Sprintf("%.1f%%", 100*p) }
