package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"braid/job"
)

// readJSONL reads one JSON object a line: the text or the tokens, and any fields. A field
// is a string, a number, true or false, a list of strings, or null (no label).
func readJSONL(d job.DataSet, path string) ([]Example, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseJSONL(d, path, text)
}

func parseJSONL(d job.DataSet, path, text string) ([]Example, error) {
	var examples []Example
	err := lines(text, func(n int, line string) error {
		if strings.TrimSpace(line) == "" {
			return nil
		}
		e, err := parseObject(d, path, n, line)
		if err == nil {
			examples = append(examples, e)
		}
		return err
	})
	return examples, err
}

func parseObject(d job.DataSet, path string, n int, line string) (Example, error) {
	e := Example{Fields: map[string]Field{}, File: path, Line: n}
	refuse := func(mend, format string, args ...any) (Example, error) {
		return e, &Error{path, n, fmt.Sprintf(format, args...), mend}
	}
	if !utf8.ValidString(line) {
		return refuse("save the file as UTF-8", "not UTF-8")
	}
	var object map[string]any
	dec := json.NewDecoder(bytes.NewReader([]byte(line)))
	if err := dec.Decode(&object); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it ends early")
		}
		return refuse("write one JSON object a line", "not a JSON object: %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return refuse("write one JSON object a line", "more after the JSON object")
	}
	for name, v := range object {
		f, given, err := fieldOf(v)
		if err != nil {
			return refuse("write a string, a number, a list of strings or null", "field %q is %v", name, err)
		}
		if given {
			e.Fields[name] = f
		}
	}
	if d.Tokens != "" {
		f := e.Fields[d.Tokens]
		if f.Kind != ListField {
			return refuse("write a list of strings", "no tokens in the field %q", d.Tokens)
		}
		e.Tokens = f.List
		delete(e.Fields, d.Tokens)
	} else {
		f, ok := e.Fields[d.Text]
		if !ok || f.Kind != TextField {
			return refuse("write it, or name another with `text:` or `tokens:` in the job", "no text in the field %q", d.Text)
		}
		e.Text, e.Tokens = f.Text, tokensOf(f.Text)
		delete(e.Fields, d.Text)
	}
	if len(e.Tokens) == 0 {
		return refuse("write a word or remove the line", "no words")
	}
	return e, nil
}

func fieldOf(v any) (f Field, given bool, err error) {
	switch v := v.(type) {
	case nil:
		return f, false, nil
	case string:
		return Field{Kind: TextField, Text: v}, true, nil
	case bool:
		return Field{Kind: TextField, Text: fmt.Sprint(v)}, true, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return f, false, errors.New("not a finite number")
		}
		return Field{Kind: NumberField, Number: v, Text: fmt.Sprint(v)}, true, nil
	case []any:
		list := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return f, false, fmt.Errorf("a list with %v, which is no string", x)
			}
			list[i] = s
		}
		return Field{Kind: ListField, List: list}, true, nil
	}
	return f, false, errors.New("an object")
}
