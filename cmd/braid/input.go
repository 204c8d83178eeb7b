package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// question is one text to predict: as text, or as tokens.
type question struct {
	Text   string   `json:"text"`
	Tokens []string `json:"tokens"`
}

// maxLine bounds a line of input.
const maxLine = 16 << 20

// questions calls each for every line of r: a line that starts with { is JSON with "text"
// or "tokens", any other is text. Empty lines are skipped.
func questions(name string, r io.Reader, each func(question) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<16), maxLine)
	for number := 1; in.Scan(); number++ {
		q, err := parseQuestion(in.Bytes())
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", name, number, err)
		}
		if q.Text == "" && len(q.Tokens) == 0 {
			continue
		}
		if err := each(q); err != nil {
			return err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%s: a line is longer than %d bytes: one text a line", name, maxLine)
	}
	return in.Err()
}

func parseQuestion(line []byte) (question, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("{")) {
		return question{Text: strings.TrimSpace(string(line))}, nil
	}
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return q, fmt.Errorf(`not JSON (%w): write {"text": "…"} or {"tokens": ["…"]}, or plain text that does not start with {`, err)
	}
	if q.Text == "" && len(q.Tokens) == 0 {
		return q, errors.New(`no text: write {"text": "…"} or {"tokens": ["…"]}`)
	}
	return q, nil
}
