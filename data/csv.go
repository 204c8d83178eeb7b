package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"braid/job"
)

// readCSV reads a header and one record per line. In csv commas divide fields, and fields may
// be quoted (RFC 4180). In tsv TABs divide fields, and quotes have no meaning. Names and labels
// are trimmed. An empty cell means that the example is not labelled.
func readCSV(d job.DataSet, path string, _ noter) ([]Example, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if d.Format == "tsv" {
		return parseTSV(d, path, text)
	}
	return parseCSV(d, path, text)
}

func parseCSV(d job.DataSet, path, text string) ([]Example, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.ReuseRecord = true
	var head *header
	var examples []Example
	var empty emptyTexts
	for {
		record, err := r.Read()
		if err == io.EOF {
			return examples, empty.err("write a text or remove the line")
		}
		if err != nil {
			return nil, csvError(d, path, head, record, err)
		}
		line, _ := r.FieldPos(0)
		if head == nil {
			if head, err = newHeader(d, path, line, record, ","); err != nil {
				return nil, err
			}
			continue
		}
		e := head.example(path, line, record)
		empty.see(&e)
		examples = append(examples, e)
	}
}

// csvError describes an error of encoding/csv in terms of the file.
func csvError(d job.DataSet, path string, head *header, record []string, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return &Error{File: path, Msg: err.Error()}
	}
	switch {
	case errors.Is(p.Err, csv.ErrFieldCount):
		return &Error{path, p.Line, plural(len(record), "field"), fmt.Sprintf("give it %d as the header has",
			len(head.names))}
	case p.StartLine != p.Line && errors.Is(p.Err, csv.ErrQuote):
		return &Error{path, p.StartLine, fmt.Sprintf("a quote opens here and is not closed up to line %d", p.Line),
			"close it, and double the quotes inside quoted fields"}
	}
	return &Error{path, p.Line, p.Err.Error(), "quote fields that hold a comma or a quote, and double the quotes in them"}
}

func parseTSV(d job.DataSet, path, text string) ([]Example, error) {
	var head *header
	var examples []Example
	var empty emptyTexts
	err := lines(text, func(n int, line string) (err error) {
		if line == "" {
			return nil
		}
		record := strings.Split(line, "\t")
		if head == nil {
			head, err = newHeader(d, path, n, record, "\t")
			return err
		}
		if len(record) != len(head.names) {
			return &Error{path, n, plural(len(record), "field"), fmt.Sprintf("give it %d, divided by TABs, as the header has",
				len(head.names))}
		}
		e := head.example(path, n, record)
		empty.see(&e)
		examples = append(examples, e)
		return nil
	})
	if err == nil {
		err = empty.err("write a text or remove the line")
	}
	return examples, err
}

// emptyTexts returns one error for all examples of a file without words.
type emptyTexts struct {
	first Example
	count int
}

func (x *emptyTexts) see(e *Example) {
	if len(e.Tokens) > 0 {
		return
	}
	if x.count++; x.count == 1 {
		x.first = *e
	}
}

func (x *emptyTexts) err(mend string) error {
	switch x.count {
	case 0:
		return nil
	case 1:
		return &Error{x.first.File, x.first.Line, "no words", mend}
	}
	return &Error{x.first.File, x.first.Line, fmt.Sprintf("no words, here and in %s of the file",
		plural(x.count-1, "more example")), mend}
}
