package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"braid/internal/plain"
	"braid/model"
)

type predictCommand struct {
	Model   string  `arg:"" help:"Model directory, or the run directory that holds it."`
	Text    *string `arg:"" optional:"" help:"A text; - or nothing: standard input, a text or a JSON object a line."`
	JSON    bool    `help:"Write a JSON object a text instead of a table."`
	Workers int     `help:"Goroutines that compute. Default: all processors." placeholder:"N"`
}

// Help is shown below the flags.
func (predictCommand) Help() string {
	return `Examples:
  braid predict runs/snips/model "play some jazz by Nina Simone"
  braid predict runs/snips/model - --json < texts.txt
  echo '{"id": 7, "tokens": ["play", "some", "jazz"]}' | braid predict runs/snips/model --json

Every line of standard input has one answer, in order, as soon as the line is there. A line that
starts with { is a JSON object with "text", "tokens" or both; its other fields ("id") stand first in the
JSON answer. Any other line is text. A blank or faulty line is answered by an error with its place
(JSON: "error" instead of "tasks"), the lines behind it are answered, and the exit code is 1.

A text is cut into words as the data set of the model's training says (tokenizer in its job file);
"tokens" are taken as they are. Beyond max_tokens words a text is not read: "truncated": true.
Entities carry their offsets in characters (start, end) and bytes (start_byte, end_byte) of "text"; for
"tokens" without a "text" that holds them, "text" is the words with blanks between them.
Fields of the answer: text, tokens, truncated, tasks, error; an input's tasks, truncated and error are dropped.
A task whose data set cuts texts otherwise than the first task's has "tokens" and "truncated" of its own.`
}

// Run answers.
func (c predictCommand) Run(ctx context.Context, s streams) error {
	b, err := model.LoadBundle(c.Model)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	a := answerer{predictor: b.Predictor(model.Limits{Passes: c.Workers}), out: s.out, write: writeObject}
	if !c.JSON {
		a.write = tableWriter(b.Job)
	}
	if c.Text != nil && *c.Text != "-" {
		q := askText(*c.Text)
		if q.err != nil {
			return errors.New(q.failure())
		}
		if err := a.answer(ctx, []question{q}); err != nil {
			return err
		}
		return a.failed(1)
	}
	if s.terminal {
		plain.Fprintln(s.err, "reading texts from the terminal, one a line; end with Ctrl-D")
	}
	// A read of standard input cannot be interrupted: the end of the program ends it.
	done := make(chan error, 1)
	go func() { done <- questions(s.in, func(together []question) error { return a.answer(ctx, together) }) }()
	select {
	case err := <-done:
		if err != nil {
			return err
		}
		return a.failed(a.lines)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answerer answers questions in their order.
type answerer struct {
	predictor *model.Predictor
	out       io.Writer
	write     func(*bytes.Buffer, *question, *model.Prediction) // p is nil if q.err is set

	lines, failures int
	first           string // failure
}

// answer answers questions together, and writes the answers at once.
func (a *answerer) answer(ctx context.Context, together []question) error {
	var texts []model.Text
	for i := range together {
		if together[i].err == nil {
			texts = append(texts, together[i].text)
		}
	}
	predictions, err := a.predictor.Answer(ctx, texts)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for i := range together {
		q, p := &together[i], (*model.Prediction)(nil)
		if q.err == nil {
			p, predictions = &predictions[0], predictions[1:]
			q.err = p.Err
		}
		if q.err != nil {
			if a.failures++; a.failures == 1 {
				a.first = q.failure()
			}
			p = nil
		}
		a.write(&out, q, p)
	}
	a.lines += len(together)
	_, err = a.out.Write(out.Bytes())
	return err
}

// failed is the error of a stream in which lines had no answer.
func (a *answerer) failed(lines int) error {
	switch {
	case a.failures == 0:
		return nil
	case lines == 1:
		return errors.New(a.first)
	}
	return fmt.Errorf("%d of %d lines have no answer; the first: %s", a.failures, lines, a.first)
}
