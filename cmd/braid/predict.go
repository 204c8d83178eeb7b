package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"braid/internal/plain"
	"braid/job"
	"braid/model"
)

type predictCommand struct {
	Model   string  `arg:"" help:"${model}"`
	Text    *string `arg:"" optional:"" help:"${predict_text}"`
	JSON    bool    `help:"${predict_json}"`
	Workers int     `help:"${workers}" placeholder:"N"`
}

// Run answers a text or the lines of standard input.
func (c predictCommand) Run(ctx context.Context, s streams) error {
	b, err := model.LoadBundle(c.Model)
	if err != nil {
		return err
	}
	if c.Workers < 1 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	a := answerer{predictor: b.Predictor(model.Limits{Passes: c.Workers}), columns: b.Job.Encoder.Columns, out: s.out,
		write: writeObject}
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
		plain.Fprintln(s.err, "reading texts from the terminal, one per line; end with Ctrl-D")
	}
	// A read of standard input cannot be interrupted; it ends with the program.
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

// answerer answers questions in order.
type answerer struct {
	predictor *model.Predictor
	columns   []job.Column // that the model reads next to the words
	out       io.Writer
	write     func(*bytes.Buffer, *question, *model.Prediction) // p is nil if q.err is set

	lines, failures int
	first           string // the first failure
}

// answer computes the answers of several questions together and writes them.
func (a *answerer) answer(ctx context.Context, together []question) error {
	var texts []model.Text
	for i := range together {
		together[i].readColumns(a.columns)
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

// failed returns an error if any line of the input had no answer.
func (a *answerer) failed(lines int) error {
	switch {
	case a.failures == 0:
		return nil
	case lines == 1:
		return errors.New(a.first)
	}
	return fmt.Errorf("%d of %d lines have no answer; the first: %s", a.failures, lines, a.first)
}
