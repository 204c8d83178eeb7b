package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"braid/data"
	"braid/job"
	"braid/model"
)

// question is a line of input: a text, or the reason why it has no answer.
type question struct {
	place string // position of the line, for errors
	text  model.Text
	known bool    // text is set
	rest  []field // other fields of a JSON object, which are copied to the answer
	err   error
}

// field is a field of a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

var errNoWords = errors.New("no words: write a text")

// askLine returns the question of a line of standard input. err is the error of reading the line.
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
	q.requireWords()
	return q
}

// askText returns the question of a text on the command line.
func askText(text string) question {
	q := question{place: "TEXT"}
	if text, q.err = data.CheckLine(text, true); q.err == nil {
		q.text, q.known = model.Text{Text: text}, true
	}
	q.requireWords()
	return q
}

// requireWords sets the error of a text without words.
func (q *question) requireWords() {
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
		case "tasks", "truncated", "error": // the answer has fields of these names
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

// readColumns reads the values of the columns that the model reads next to the words from the object's fields, which
// stay in the answer.
func (q *question) readColumns(columns []job.Column) {
	if q.err != nil || len(columns) == 0 {
		return
	}
	refuse := func(format string, args ...any) {
		var names []string
		for _, c := range columns {
			names = append(names, c.Field)
		}
		q.err = fmt.Errorf(`%s: the model reads %s with every word: write %s`, fmt.Sprintf(format, args...),
			strings.Join(names, ", "), objectWith(columns))
	}
	if q.text.Words == nil {
		refuse("a text alone")
		return
	}
	for _, c := range columns {
		i := slices.IndexFunc(q.rest, func(f field) bool { return f.name == c.Field })
		var values []string
		switch {
		case i < 0:
			refuse("no %q", c.Field)
		case json.Unmarshal(q.rest[i].value, &values) != nil:
			refuse("%q is not a list of strings", c.Field)
		case len(values) != len(q.text.Words):
			refuse("values in %q: %d, words: %d", c.Field, len(values), len(q.text.Words))
		}
		if q.err != nil {
			return
		}
		q.text.Columns = append(q.text.Columns, values)
	}
}

// objectWith returns an example of an object with tokens and columns.
func objectWith(columns []job.Column) string {
	text := `{"tokens": ["…"]`
	for _, c := range columns {
		name, _ := json.Marshal(c.Field) // a string is always JSON
		text += fmt.Sprintf(`, %s: ["…"]`, name)
	}
	return text + "}"
}

func into(f field, v any, want string) error {
	if json.Unmarshal(f.value, v) != nil {
		return fmt.Errorf("%q is not %s: write one", f.name, want)
	}
	return nil
}

// wordsOf returns the text of given words. Offsets refer to text if it contains the words in their order, otherwise
// to the words joined by blanks.
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

// objectFields returns the fields of a line that is one JSON object, in their order. A field that appears twice is an
// error, because one of the values would be lost.
func objectFields(line string) (fields []field, err error) {
	notJSON := func(err error) ([]field, error) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the object is incomplete")
		}
		return nil, fmt.Errorf(`not JSON (%w): write {"text": "…"} or {"tokens": ["…"]}, or plain text that does not `+
			`start with {`, err)
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
			return nil, fmt.Errorf("the key %q appears twice in the object: rename or remove one", f.name)
		}
		seen[f.name] = true
		fields = append(fields, f)
	}
	if _, err := dec.Token(); err != nil {
		return notJSON(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return notJSON(errors.New("text after the object"))
	}
	return fields, nil
}

// failure returns the reason why a question has no answer, with the position of its line.
func (q *question) failure() string { return q.place + ": " + q.err.Error() }

// appendFields writes fields of an object, each followed by a comma.
func appendFields(b *bytes.Buffer, fields []field) {
	for _, f := range fields {
		name, _ := json.Marshal(f.name)
		b.Write(name)
		b.WriteByte(':')
		_ = json.Compact(b, f.value) // f.value is JSON, since the decoder accepted it
		b.WriteByte(',')
	}
}
