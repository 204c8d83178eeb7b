package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"braid/job"
)

// readJSONL reads one JSON object per line with the text or the tokens, and other fields. A
// field that a task reads must be a string, a number, true or false, a list of strings, or null
// (not labelled). Numbers are labels as they are written: 1 and 1.0 are different labels.
func readJSONL(d job.DataSet, path string, _ noter) ([]Example, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseJSONL(d, path, text)
}

func parseJSONL(d job.DataSet, path, text string) ([]Example, error) {
	var examples []Example
	var empty emptyTexts
	err := lines(text, func(n int, line string) error {
		if strings.TrimSpace(line) == "" {
			return nil
		}
		e, err := parseObject(d, path, n, line)
		if err == nil {
			empty.see(&e)
			examples = append(examples, e)
		}
		return err
	})
	if err == nil {
		err = empty.err("write a word or remove the line")
	}
	return examples, err
}

func parseObject(d job.DataSet, path string, n int, line string) (Example, error) {
	e := Example{File: path, Line: n}
	refuse := func(mend, format string, args ...any) (Example, error) {
		return e, &Error{path, n, fmt.Sprintf(format, args...), mend}
	}
	var err error
	if e.Fields, err = parseFields(line); err != nil {
		var w *wrongJSON
		if errors.As(err, &w) {
			return refuse(w.mend, "%s", w.msg)
		}
		return refuse("write one JSON object a line", "not a JSON object: %v", err)
	}
	if d.Tokens != "" {
		f := e.Fields[d.Tokens]
		if f.Kind == OtherField {
			return refuse("write a list of strings", "the field %q is %s", d.Tokens, f.Text)
		}
		if f.Kind != ListField {
			return refuse("write a list of strings", "no tokens in the field %q", d.Tokens)
		}
		if i := slices.Index(f.List, ""); i >= 0 {
			return refuse("remove it, and its tag", "word %d of the field %q is empty", i+1, d.Tokens)
		}
		e.Tokens = f.List
		delete(e.Fields, d.Tokens)
		return e, nil
	}
	f, ok := e.Fields[d.Text]
	if ok && f.Kind != TextField {
		return refuse("write a string", "the text in the field %q is no string", d.Text)
	}
	if !ok {
		return refuse("write it, or name another with `text:` or `tokens:` in the job", "no text in the field %q", d.Text)
	}
	e.Text, e.Tokens = f.Text, Tokenize(d.Tokenizer, f.Text)
	delete(e.Fields, d.Text)
	return e, nil
}

// wrongJSON is an error about JSON that is not an object with a text.
type wrongJSON struct{ msg, mend string }

func (w *wrongJSON) Error() string { return w.msg }

// parseFields parses one JSON object. Unlike json.Unmarshal it refuses repeated keys, and it
// keeps the text of numbers, since different integers above 2^53 are the same float64.
func parseFields(line string) (map[string]Field, error) {
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	first, err := dec.Token()
	if err != nil {
		return nil, early(err)
	}
	if first != json.Delim('{') {
		return nil, notObject(first)
	}
	fields, seen := map[string]Field{}, map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, early(err)
		}
		name := key.(string) // the decoder refuses other keys
		if seen[name] {
			return nil, &wrongJSON{fmt.Sprintf("the key %q stands twice in the object", name), "rename or remove one"}
		}
		seen[name] = true
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, early(err)
		}
		if f, given := fieldOf(v); given {
			fields[name] = f
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, early(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &wrongJSON{"more after the JSON object", "write one JSON object a line"}
	}
	return fields, nil
}

func early(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("it ends early")
	}
	return err
}

func notObject(first json.Token) error {
	switch first := first.(type) {
	case json.Delim:
		return &wrongJSON{"not a JSON object but a list", "write one JSON object a line, as jq -c '.[]' FILE does"}
	case nil:
		return &wrongJSON{"not a JSON object but null", "write one JSON object a line"}
	default:
		return &wrongJSON{fmt.Sprintf("not a JSON object but %s", short(fmt.Sprint(first))), "write one JSON object a line"}
	}
}

// fieldOf returns a value as a field; false for null.
func fieldOf(v any) (f Field, given bool) {
	switch v := v.(type) {
	case nil:
		return f, false
	case string:
		return Field{Kind: TextField, Text: v}, true
	case bool:
		return Field{Kind: TextField, Text: fmt.Sprint(v)}, true
	case json.Number:
		return Field{Kind: NumberField, Text: v.String()}, true
	case []any:
		list := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return Field{Kind: OtherField, Text: fmt.Sprintf("a list with %s, which is no string", jsonKind(x))}, true
			}
			list[i] = s
		}
		return Field{Kind: ListField, List: list}, true
	}
	return Field{Kind: OtherField, Text: jsonKind(v)}, true
}

func jsonKind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	default:
		return fmt.Sprint(v)
	}
}
