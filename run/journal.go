package run

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Entry is a line of the journal: something that happened, for people and for programs
// that ask why. It decides nothing.
type Entry struct {
	Time    time.Time      `json:"time"`
	Event   string         `json:"event"` // started, resumed, checkpointed, skipped, best, stopped, failed, finished
	Step    uint64         `json:"step"`
	Message string         `json:"message,omitempty"`
	Fields  map[string]any `json:"fields,omitempty"`
}

// FieldJobDir is the field of started and resumed that holds the directory from which the
// job's relative paths start.
const FieldJobDir = "job_dir"

// JobDir returns that directory for a run, and whether its journal has it.
func JobDir(dir string) (string, bool) {
	entries, err := ReadJournal(dir)
	if err != nil {
		return "", false
	}
	for _, e := range slices.Backward(entries) {
		if base, ok := e.Fields[FieldJobDir].(string); ok {
			return base, true
		}
	}
	return "", false
}

// Journal appends entries to a file. Safe for several goroutines. A nil Journal drops them.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	return &Journal{file: f}, nil
}

// Note appends an entry; it carries the time of the call unless it has one.
func (j *Journal) Note(e Entry) error {
	if j == nil {
		return nil
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// Close makes the journal durable.
func (j *Journal) Close() error {
	return errors.Join(j.file.Sync(), j.file.Close())
}

// ReadJournal returns the entries of a run; a torn last line is left out.
func ReadJournal(dir string) ([]Entry, error) {
	var entries []Entry
	err := readLines(joinName(dir, JournalFile), func(line []byte) bool {
		var e Entry
		if json.Unmarshal(line, &e) != nil {
			return false
		}
		entries = append(entries, e)
		return true
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
