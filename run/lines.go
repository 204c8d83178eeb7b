package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"braid/internal/regular"
)

// maxLine bounds a line of a journal or of metrics; a real one has a few thousand bytes.
const maxLine = 4 << 20

// Damage is what of a file of lines could not be read.
type Damage struct {
	File  string `json:"file"`
	Lines []int  `json:"lines,omitempty"` // from 1: no JSON, or not that of such a line
	Torn  bool   `json:"torn,omitempty"`  // the last line has no end, as when its writer was killed
}

// Any says whether there is something to tell.
func (d Damage) Any() bool { return len(d.Lines) > 0 || d.Torn }

func (d Damage) String() string {
	var parts []string
	switch n := len(d.Lines); {
	case n == 1:
		parts = append(parts, fmt.Sprintf("line %d cannot be read", d.Lines[0]))
	case n > 1:
		parts = append(parts, fmt.Sprintf("%d lines cannot be read, the first is line %d", n, d.Lines[0]))
	}
	if d.Torn {
		parts = append(parts, "the last line is torn")
	}
	return d.File + ": " + strings.Join(parts, "; ")
}

// ReadJournal returns the entries of a run; a torn last line is left out.
func ReadJournal(dir string) ([]Entry, error) {
	entries, _, err := ScanJournal(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// ScanJournal returns all entries that can be read, and which lines cannot.
func ScanJournal(dir string) ([]Entry, Damage, error) {
	return scan(filepath.Join(dir, JournalFile), func(e *Entry) bool { return e.Event != "" && !e.Time.IsZero() })
}

// ReadMetrics returns the lines of a run; a torn last line is left out.
func ReadMetrics(dir string) ([]Metric, error) {
	lines, _, err := ScanMetrics(dir)
	return lines, err
}

// ScanMetrics returns all lines that can be read, and which cannot.
func ScanMetrics(dir string) ([]Metric, Damage, error) {
	return scan(filepath.Join(dir, MetricsFile), func(m *Metric) bool { return m.Kind != "" })
}

// scan reads a file of JSON lines; sound holds for what one of ours must have.
func scan[T any](path string, sound func(*T) bool) ([]T, Damage, error) {
	var all []T
	damage := Damage{File: path}
	number := 0
	torn, err := readLines(path, func(line []byte) bool {
		number++
		var one T
		if json.Unmarshal(line, &one) != nil || !sound(&one) {
			damage.Lines = append(damage.Lines, number)
			return true
		}
		all = append(all, one)
		return true
	})
	damage.Torn = torn
	return all, damage, err
}

// readLines calls each with the whole lines of a file, without their ends, until it
// returns false, and says whether a last line without an end was left out.
func readLines(path string, each func(line []byte) bool) (torn bool, err error) {
	f, err := regular.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return len(line) > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
		if !each(bytes.TrimSuffix(line, []byte("\n"))) {
			return false, nil
		}
	}
}

// readLine returns the next line with its end; at the end of the file, what is left.
func readLine(r *bufio.Reader) ([]byte, error) {
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && long == nil {
			return part, nil
		}
		if len(long)+len(part) > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes: this is not a file of a run", maxLine)
		}
		long = append(long, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return long, err
		}
	}
}
