package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Example is one text with its labels, as read.
type Example struct {
	Text   string   // empty when the file gave tokens
	Tokens []string // at least one
	Fields map[string]Field
	File   string
	Line   int // of its first line, from 1; 0: made, not read
}

// Field is one labelled field of an example. Exactly one of the three is given.
type Field struct {
	List   []string // tags, or the labels of multilabel
	Text   string
	Number float64
	Kind   FieldKind
}

// FieldKind says which part of a Field is given.
type FieldKind uint8

const (
	TextField FieldKind = iota
	ListField
	NumberField
)

// RawSet is one data set as read; a split that the job does not have is nil.
type RawSet struct {
	Name             string
	Train, Dev, Test []Example
}

// Raw is all data sets of a job as read, in the job's order.
type Raw struct{ Sets []RawSet }

// Split returns a split by name: train, dev or test.
func (r *RawSet) Split(name string) []Example {
	switch name {
	case "train":
		return r.Train
	case "dev":
		return r.Dev
	case "test":
		return r.Test
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

// maxFileBytes bounds a file of data: it is held in memory, as are its tokens.
const maxFileBytes = 2 << 30

// readFile reads a whole text file as lines without their endings, after a byte order mark.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", &Error{File: path, Msg: "cannot read it (" + reason(err) + ")", Mend: "check the path; it is relative to the job file"}
	}
	if info.IsDir() {
		return "", &Error{File: path, Msg: "is a directory", Mend: "name the file in it"}
	}
	if info.Size() > maxFileBytes {
		return "", &Error{File: path, Msg: fmt.Sprintf("%d bytes are more than fit", info.Size()), Mend: fmt.Sprintf("split it below %d bytes", maxFileBytes)}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", &Error{File: path, Msg: "cannot read it (" + reason(err) + ")", Mend: "check the path and its permissions"}
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// lines calls f for every line of text, numbered from 1, without its ending.
func lines(text string, f func(number int, line string) error) error {
	for number := 1; text != ""; number++ {
		line, rest, _ := strings.Cut(text, "\n")
		if err := f(number, strings.TrimSuffix(line, "\r")); err != nil {
			return err
		}
		text = rest
	}
	return nil
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
