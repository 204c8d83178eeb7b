package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/task"
	"braid/train"
)

// examplesShown is the number of test sentences per data set for which a report shows predictions.
const examplesShown = 3

// report prints the result of a finished run: scores, a few predictions, the path of the model.
func report(ctx context.Context, w *os.File, dir string, setup *train.Setup, s *run.Summary) error {
	plain.Fprintf(w, "\n%s in %s, %s tokens/s", term.Counted(s.Steps, "step"), term.Time(s.Seconds),
		term.Count(uint64(s.TokensPerSecond)))
	if s.Best.Step > 0 {
		plain.Fprintf(w, "; best on dev at step %s", term.Count(s.Best.Step))
	}
	if s.Stopped == "patience" {
		plain.Fprintf(w, "; stopped early, no improvement on dev in %d evaluations", setup.Job.Training.Patience)
	}
	plain.Fprintf(w, "\n\n")
	term.Summary(w, s, taskNames(setup.Job))
	path := filepath.Join(dir, run.ModelDir)
	bundle, err := model.LoadBundle(path)
	if err != nil {
		return err
	}
	shown, err := showExamples(ctx, w, setup, bundle)
	if err != nil {
		return err
	}
	plain.Fprintf(w, "\nmodel   %s  sha256 %s\n", path, s.ModelSHA256)
	if columns := setup.Job.Encoder.Columns; len(columns) > 0 {
		plain.Fprintf(w, "ask it  braid predict %s - <FILE, with lines like %s\n", quote(path), objectWith(columns))
		return nil
	}
	plain.Fprintf(w, "ask it  braid predict %s %s\n", quote(path), quote(shown))
	return nil
}

// showExamples prints predictions for a few sentences of each data set, from test or else from dev. It returns the
// first sentence.
func showExamples(ctx context.Context, w io.Writer, setup *train.Setup, b *model.Bundle) (string, error) {
	j, p, raw := setup.Job, setup.Data, setup.Raw
	first := "your text"
	predictor := b.Predictor(model.Limits{Passes: 1})
	for s := range raw.Sets {
		if s > 0 && len(raw.Sets) > examplesShown {
			break // of many data sets, the examples of one are enough
		}
		examples, corpus := raw.Sets[s].Test, p.Sets[s].Test
		if len(examples) == 0 {
			examples, corpus = raw.Sets[s].Dev, p.Sets[s].Dev
		}
		for k, e := range pick(examples) {
			answer, err := ask(ctx, predictor, j, s, &examples[e])
			if err != nil {
				return "", err
			}
			if s == 0 && k == 0 {
				if utf8.RuneCountInString(answer.Text) <= charactersShown {
					first = answer.Text
				}
				plain.Fprintf(w, "\nexamples (✓ right, ✗ wrong)\n")
			}
			plain.Fprintf(w, "  %s\n", shorten(answer.Text))
			if answer.Err != nil {
				plain.Fprintf(w, "    no answer: %v\n", answer.Err)
				continue
			}
			for i, t := range j.TasksOf(s) {
				gold, has := goldText(j.Tasks[t], p.Labels[t], examples[e].Tokens, corpus, i, e)
				// a cut sentence has an answer for its beginning only
				has = has && (j.Tasks[t].Of().Per != job.PerWord || examples[e].Cut == 0)
				plain.Fprintf(w, "    %-12s %s\n", j.Tasks[t].Name, shorten(verdict(j.Tasks[t],
					answerText(j.Tasks[t], answer.Tasks[t]), gold, has)))
			}
		}
	}
	return first, nil
}

// charactersShown is the greatest length of a text in a report.
const charactersShown = 300

func shorten(text string) string {
	n := 0
	for i := range text {
		if n++; n > charactersShown {
			return text[:i] + "…"
		}
	}
	return text
}

// pick chooses sentences of medium length, spread over a split.
func pick(from []data.Example) []int {
	var picked []int
	for k := range examplesShown {
		end := (k + 1) * len(from) / examplesShown
		for i := k * len(from) / examplesShown; i < end; i++ {
			if n := len(from[i].Tokens); n >= 5 && n <= 20 || i+1 == end {
				picked = append(picked, i)
				break
			}
		}
	}
	return picked
}

// ask predicts the text of an example of data set s, or its words if it has no text or the model reads columns.
func ask(ctx context.Context, p *model.Predictor, j *job.Job, s int, e *data.Example) (model.Prediction, error) {
	text := model.Text{Text: e.Text}
	if e.Text == "" || len(j.Encoder.Columns) > 0 {
		var err error
		if text, err = textOf(j, s, e, e.Tokens); err != nil {
			return model.Prediction{}, err
		}
	}
	answers, err := p.Answer(ctx, []model.Text{text})
	if err != nil {
		return model.Prediction{}, err
	}
	return answers[0], nil
}

// textOf returns the first words of an example of data set s, with their values of the columns that the model reads.
func textOf(j *job.Job, s int, e *data.Example, words []string) (model.Text, error) {
	text := model.Joined(words)
	values, err := data.ValuesOf(j, s, e)
	for _, column := range values {
		if column == nil {
			column = make([]string, len(words)) // unknown
		}
		text.Columns = append(text.Columns, column[:len(words)])
	}
	return text, err
}

// verdict compares an answer with the gold answer.
func verdict(t job.Task, got, gold string, has bool) string {
	switch {
	case !has:
		return got
	case t.Of().Answer == job.Number:
		return fmt.Sprintf("%s (gold %s)", got, gold)
	case got == gold:
		return "✓ " + got
	}
	return fmt.Sprintf("✗ %s (gold %s)", got, gold)
}

// answerText formats an answer on one line.
func answerText(t job.Task, a model.TaskAnswer) string {
	switch kind := t.Of(); {
	case kind.Answer == job.Number:
		return value(a.Value)
	case kind.Answer == job.Set:
		return list(a.Labels)
	case kind.Per == job.PerText:
		return a.Label
	}
	if !t.Spans() {
		return strings.Join(a.Tags, " ")
	}
	var found []string
	for _, e := range a.Entities {
		found = append(found, e.Type+" "+e.Text)
	}
	return list(found)
}

// goldText formats the gold answer of an example for target i of a corpus, as answerText does. It returns false if
// the example has none.
func goldText(t job.Task, labels *data.Labels, tokens []string, c *data.Corpus, i, example int) (string, bool) {
	target := &c.Targets[i]
	if _, has := slices.BinarySearch(target.Labelled, uint32(example)); !has {
		return "", false
	}
	var names []string
	switch kind := t.Of(); {
	case kind.Answer == job.Number:
		return value(float64(target.Values[example])), true
	case kind.Per == job.PerText && kind.Answer == job.Class:
		return labels.Name(target.Class[example]), true
	case kind.Answer == job.Set:
		for _, id := range target.SetIDs[target.SetOff[example]:target.SetOff[example+1]] {
			names = append(names, labels.Name(id))
		}
		slices.Sort(names)
		return list(names), true
	}
	for _, id := range target.Tags[c.Offsets[example]:c.Offsets[example+1]] {
		names = append(names, labels.Name(id))
	}
	if !t.Spans() {
		return strings.Join(names, " "), true
	}
	var spans []string
	for _, s := range task.Spans(nil, names) {
		spans = append(spans, s.Type+" "+strings.Join(tokens[s.Start:s.End], " "))
	}
	return list(spans), true
}

// value formats a number with all its digits before the decimal point, and at least four digits.
func value(v float64) string {
	if math.Abs(v) >= 1000 && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
