package data

import (
	"fmt"
	"os"
	"path/filepath"

	"braid/job"
)

// Example is one text with its labels, as read.
type Example struct {
	Text   string   // empty when the file gave tokens
	Tokens []string // at least one
	Cut    int      // of the tokens, the last ones, that max_tokens leaves out
	Fields map[string]Field
	File   string
	Line   int   // of its first line, from 1; 0: made, not read
	Lines  []int // conll: of every word; nil in other formats
}

// Words are the tokens that the model sees.
func (e *Example) Words() []string { return e.Tokens[:len(e.Tokens)-e.Cut] }

// cut leaves out all tokens but the first n; 0: none. Their labels stay: a score counts them.
func (e *Example) cut(n int) {
	if n > 0 {
		e.Cut = max(len(e.Tokens)-n, 0)
	}
}

// Field is one labelled field of an example: a list or a text.
type Field struct {
	List []string // tags, or the labels of multilabel
	Text string   // of OtherField: what it is; of a number: as it stands in the file, so that 1, 1.0 and 1e6 stay apart as labels
	Kind FieldKind
}

// FieldKind says what a Field is.
type FieldKind uint8

const (
	TextField FieldKind = iota
	ListField
	NumberField
	OtherField // no label can be read from it: an error where a task reads it, else ignored
)

// RawSet is one data set as read; a split that the job does not have is nil.
type RawSet struct {
	Name             string
	Train, Dev, Test []Example
	Notes            []Finding // lines that the readers left out, counted
}

// Raw is all data sets of a job as read, in the job's order.
type Raw struct{ Sets []RawSet }

// Split returns a split; nil if the job does not have it.
func (r *RawSet) Split(split job.Split) []Example {
	if e := r.at(split); e != nil {
		return *e
	}
	return nil
}

// at returns the place of a split; nil if split is not one of job.Splits.
func (r *RawSet) at(split job.Split) *[]Example {
	switch split {
	case job.Train:
		return &r.Train
	case job.Dev:
		return &r.Dev
	case job.Test:
		return &r.Test
	}
	return nil
}

// Error is a mistake in a file of data, and its mend.
type Error struct {
	File      string
	Line      int // 0: the whole file
	Msg, Mend string
}

func (e *Error) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Mend == "" {
		return place + ": " + e.Msg
	}
	return place + ": " + e.Msg + ": " + e.Mend
}

// shortName is a path as errors show it.
func shortName(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
