package data

import (
	"fmt"
	"os"
	"path/filepath"

	"braid/job"
)

// Example is one text with its labels, as a reader returns it.
type Example struct {
	Text   string   // empty if the file has tokens
	Tokens []string // at least one
	Cut    int      // number of tokens at the end that max_tokens cuts off
	Fields map[string]Field
	File   string
	Line   int   // of its first line, from 1; 0 if the example was not read from a file
	Lines  []int // conll: line of each token; nil in other formats
}

// Words returns the tokens that the model reads.
func (e *Example) Words() []string { return e.Tokens[:len(e.Tokens)-e.Cut] }

// cut sets Cut so that n tokens remain, all if n is 0. The labels of all tokens stay, since
// scores count them.
func (e *Example) cut(n int) {
	if n > 0 {
		e.Cut = max(len(e.Tokens)-n, 0)
	}
}

// Field is a field of an example from which a task may read labels: a list or a text.
type Field struct {
	List []string // tags, or a set of labels
	// The text of a TextField. A number as it is written in the file, so that 1 and 1.0 are
	// different labels. The type of an OtherField.
	Text string
	Kind FieldKind
}

// FieldKind is the type of a Field.
type FieldKind uint8

const (
	TextField FieldKind = iota
	ListField
	NumberField
	OtherField // an object or a list of other things; an error if a task reads it
)

// RawSet is one data set as read. A split that the job does not have is nil.
type RawSet struct {
	Name             string
	Train, Dev, Test []Example
	Notes            []Finding // lines that the reader left out
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

// Error is a mistake in a file of data.
type Error struct {
	File      string
	Line      int // 0 means the whole file
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

// shortName returns a path relative to the working directory if that is shorter.
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
