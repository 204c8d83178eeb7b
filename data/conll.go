package data

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"braid/job"
)

// readCoNLL reads a word a line with its tags in columns, divided by TABs or else by
// spaces; a line with nothing but white space ends a sentence, and so does -DOCSTART-.
func readCoNLL(d job.DataSet, path string) ([]Example, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseCoNLL(d, path, text)
}

func parseCoNLL(d job.DataSet, path, text string) ([]Example, error) {
	var examples []Example
	var e *Example
	end := func() {
		if e != nil {
			examples = append(examples, *e)
			e = nil
		}
	}
	err := lines(text, func(n int, line string) error {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "-DOCSTART-") {
			end()
			return nil
		}
		if !utf8.ValidString(line) {
			return &Error{path, n, "not UTF-8", "save the file as UTF-8"}
		}
		columns := strings.Fields(line)
		if strings.Contains(line, "\t") {
			columns = strings.Split(line, "\t")
		}
		if len(columns) < len(d.Columns) {
			return &Error{path, n, fmt.Sprintf("%d columns", len(columns)), fmt.Sprintf("give it %d (%s), or mend `columns:` in the job", len(d.Columns), strings.Join(d.Columns, ", "))}
		}
		if e == nil {
			e = &Example{Fields: map[string]Field{}, File: path, Line: n}
		}
		for i, name := range d.Columns {
			value := strings.TrimSpace(columns[i])
			switch {
			case name == "" || name == "-":
			case value == "":
				return &Error{path, n, fmt.Sprintf("column %s is empty", name), "write the word, or its tag (O for none)"}
			case name == "word":
				e.Tokens = append(e.Tokens, value)
			default:
				f := e.Fields[name]
				f.Kind, f.List = ListField, append(f.List, value)
				e.Fields[name] = f
			}
		}
		return nil
	})
	end()
	return examples, err
}
