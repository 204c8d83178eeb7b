package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"braid/job"
)

// readCSV reads a header and a record a line. csv: commas, fields may be quoted (RFC 4180).
// tsv: TABs, nothing is quoted. An empty cell is no label.
func readCSV(d job.DataSet, path string) ([]Example, error) {
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
	var header []string
	var examples []Example
	for {
		record, err := r.Read()
		if err == io.EOF {
			return examples, nil
		}
		if err != nil {
			var p *csv.ParseError
			if errors.As(err, &p) {
				mend := "quote fields that hold a comma or a quote, and double the quotes in them"
				if errors.Is(p.Err, csv.ErrFieldCount) {
					mend = fmt.Sprintf("give it %d as the header has", len(header))
					return nil, &Error{path, p.Line, fmt.Sprintf("%d fields", len(record)), mend}
				}
				return nil, &Error{path, p.Line, p.Err.Error(), mend}
			}
			return nil, &Error{File: path, Msg: err.Error()}
		}
		line, _ := r.FieldPos(0)
		if header == nil {
			header = slices.Clone(record)
			if err := checkHeader(d, path, header); err != nil {
				return nil, err
			}
			continue
		}
		e, err := fromRecord(d, path, line, header, record)
		if err != nil {
			return nil, err
		}
		examples = append(examples, e)
	}
}

func parseTSV(d job.DataSet, path, text string) ([]Example, error) {
	var header []string
	var examples []Example
	err := lines(text, func(n int, line string) error {
		if header == nil {
			header = strings.Split(line, "\t")
			return checkHeader(d, path, header)
		}
		if line == "" {
			return nil
		}
		record := strings.Split(line, "\t")
		if len(record) != len(header) {
			return &Error{path, n, fmt.Sprintf("%d fields", len(record)), fmt.Sprintf("give it %d, divided by TABs, as the header has", len(header))}
		}
		e, err := fromRecord(d, path, n, header, record)
		examples = append(examples, e)
		return err
	})
	return examples, err
}

func checkHeader(d job.DataSet, path string, header []string) error {
	if !slices.Contains(header, d.Text) {
		return &Error{path, 1, fmt.Sprintf("the header %q has no field %q", strings.Join(header, " "), d.Text), "name the text's field with `text:` in the job"}
	}
	return nil
}

func fromRecord(d job.DataSet, path string, line int, header, record []string) (Example, error) {
	e := Example{Fields: map[string]Field{}, File: path, Line: line}
	for i, value := range record {
		if !utf8.ValidString(value) {
			return e, &Error{path, line, "not UTF-8", "save the file as UTF-8"}
		}
		switch {
		case header[i] == d.Text:
			e.Text, e.Tokens = value, tokensOf(value)
		case value != "":
			e.Fields[header[i]] = Field{Kind: TextField, Text: value}
		}
	}
	if len(e.Tokens) == 0 {
		return e, &Error{path, line, "no words", "write a text or remove the line"}
	}
	return e, nil
}
