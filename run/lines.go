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

// maxLine bounds a line of a journal or of metrics, in bytes. Real lines have a few thousand.
const maxLine = 4 << 20

// Damage lists the lines of a file that could not be read.
type Damage struct {
	File  string `json:"file"`
	Lines []int  `json:"lines,omitempty"` // numbers from 1 of lines that are not JSON of an entry
	Torn  bool   `json:"torn,omitempty"`  // the last line has no newline, because its writer was killed
}

// Any reports whether there is any damage.
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

// ReadJournal returns the entries of a run without those that cannot be read; nil if there is no journal.
func ReadJournal(dir string) ([]Entry, error) {
	entries, _, err := ScanJournal(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// ScanJournal returns the entries of a run that can be read, and the damage.
func ScanJournal(dir string) ([]Entry, Damage, error) {
	return scan(filepath.Join(dir, JournalFile), func(e *Entry) bool { return e.Event != "" && !e.Time.IsZero() })
}

// ReadMetrics returns the metrics of a run without the lines that cannot be read.
func ReadMetrics(dir string) ([]Metric, error) {
	lines, _, err := ScanMetrics(dir)
	return lines, err
}

// ScanMetrics returns the metrics of a run that can be read, and the damage.
func ScanMetrics(dir string) ([]Metric, Damage, error) {
	return scan(filepath.Join(dir, MetricsFile), func(m *Metric) bool { return m.Kind != "" })
}

// scan reads a file of JSON lines. Lines for which sound is false are damage.
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

// readLines calls each with the complete lines of a file, without their newlines, until each returns
// false. torn reports that the last line has no newline; each is not called for it.
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

// readLine returns the next line with its newline, or the rest of the file with io.EOF.
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
