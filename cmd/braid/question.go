package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"braid/data"
	"braid/model"
)

// question is a line of input: a text, or the reason why it cannot be answered.
type question struct {
	place string // for errors
	text  model.Text
	known bool    // the text could be read
	rest  []field // other fields of a JSON object, which the answer passes on
	err   error
}

// field is a field of a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

var errNoWords = errors.New("no words: write a text")

// askLine turns a line of standard input into a question; err is that of reading it.
func askLine(number int, line []byte, err error) question {
	q := question{place: fmt.Sprintf("standard input: line %d", number), err: err}
	if err != nil {
		return q
	}
	text, err := data.CheckLine(string(line), number == 1)
	if err != nil {
		q.err = err
		return q
	}
	if strings.HasPrefix(strings.TrimLeft(text, " \t"), "{") {
		q.parse(text)
	} else {
		q.text, q.known = model.Text{Text: text}, true
	}
	q.refuseNothing()
	return q
}

// askText makes a question of a text on the command line.
func askText(text string) question {
	q := question{place: "TEXT"}
	if text, q.err = data.CheckLine(text, true); q.err == nil {
		q.text, q.known = model.Text{Text: text}, true
	}
	q.refuseNothing()
	return q
}

// refuseNothing sets the error of a text without words.
func (q *question) refuseNothing() {
	if q.err == nil && q.text.Words == nil && !data.HasWords(q.text.Text) {
		q.err = errNoWords
	}
}

// parse reads a JSON object with "text", "tokens" or both, and keeps its other fields.
func (q *question) parse(line string) {
	fields, err := objectFields(line)
	if err != nil {
		q.err = err
		return
	}
	var text *string
	var tokens []string
	for _, f := range fields {
		switch f.name {
		case "text":
			err = into(f, &text, "a string")
		case "tokens":
			err = into(f, &tokens, "a list of strings")
		case "tasks", "truncated", "error": // the answer's own
		default:
			q.rest = append(q.rest, f)
		}
		if err != nil && q.err == nil {
			q.err = err
		}
	}
	switch {
	case q.err != nil:
	case len(tokens) > 0:
		q.text, q.err = wordsOf(text, tokens)
		q.known = q.err == nil
	case text != nil:
		q.text, q.known = model.Text{Text: *text}, true
	default:
		q.err = errors.New(`no text: write {"text": "…"} or {"tokens": ["…"]}`)
	}
}

func into(f field, v any, want string) error {
	if json.Unmarshal(f.value, v) != nil {
		return fmt.Errorf("%q is not %s: write one", f.name, want)
	}
	return nil
}

// wordsOf is the text of given words. Their offsets are those in text, if it is given and has
// the words in their order, otherwise those in the words with blanks between them.
func wordsOf(text *string, tokens []string) (model.Text, error) {
	for i, w := range tokens {
		if w == "" {
			return model.Text{}, fmt.Errorf(`word %d of "tokens" is empty: remove it`, i+1)
		}
	}
	if text == nil {
		return model.Joined(tokens), nil
	}
	t, at := model.Text{Text: *text}, 0
	for _, w := range tokens {
		i := strings.Index(t.Text[at:], w)
		if i < 0 {
			return model.Joined(tokens), nil
		}
		t.Words = append(t.Words, data.Token{Text: w, Start: at + i, End: at + i + len(w)})
		at += i + len(w)
	}
	return t, nil
}

// objectFields reads one JSON object and nothing else, in the order of its fields. A field
// that stands twice is refused: one would win in silence.
func objectFields(line string) (fields []field, err error) {
	notJSON := func(err error) ([]field, error) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it ends early")
		}
		return nil, fmt.Errorf(`not JSON (%w): write {"text": "…"} or {"tokens": ["…"]}, or plain text that does not start with {`, err)
	}
	dec := json.NewDecoder(strings.NewReader(line))
	if _, err := dec.Token(); err != nil {
		return notJSON(err)
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return notJSON(err)
		}
		f := field{name: name.(string)}
		if err := dec.Decode(&f.value); err != nil {
			return notJSON(err)
		}
		if seen[f.name] {
			return nil, fmt.Errorf("the key %q stands twice in the object: rename or remove one", f.name)
		}
		seen[f.name] = true
		fields = append(fields, f)
	}
	if _, err := dec.Token(); err != nil {
		return notJSON(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return notJSON(errors.New("more behind the object"))
	}
	return fields, nil
}

// failure is why a question has no answer, with its place.
func (q *question) failure() string { return q.place + ": " + q.err.Error() }

// appendFields writes fields of an object, a comma behind each.
func appendFields(b *bytes.Buffer, fields []field) {
	for _, f := range fields {
		name, _ := json.Marshal(f.name)
		b.Write(name)
		b.WriteByte(':')
		_ = json.Compact(b, f.value) // the decoder took it: it is JSON
		b.WriteByte(',')
	}
}
