package run

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// Entry is a line of the journal: something that happened, for people and for programs
// that ask why. It decides nothing.
type Entry struct {
	Time    time.Time      `json:"time"`
	Event   string         `json:"event"`
	Step    uint64         `json:"step"` // steps done
	Message string         `json:"message,omitempty"`
	Fields  map[string]any `json:"fields,omitempty"`
}

// Events of the journal.
const (
	EventStarted      = "started"
	EventResumed      = "resumed"
	EventTakeover     = "takeover" // a later term goes on
	EventCheckpointed = "checkpointed"
	EventUnsaved      = "checkpoint_failed" // the training goes on, and the next one that is due is the next attempt
	EventFetched      = "fetched"           // a checkpoint, from the copy that another coordinator made
	EventSkipped      = "skipped"           // a checkpoint that could not be used
	EventNotFinite    = "not_finite"        // a step that was not applied
	EventStored       = "stored_again"      // what NATS had lost
	EventQuarantined  = "quarantined"
	EventWithdrawn    = "withdrawn" // steps that are trained anew
	EventWaiting      = "waiting"
	EventWaited       = "waited" // what was waited for has come
	EventStopped      = "stopped"
	EventFailed       = "failed"
	EventFinished     = "finished"
)

// Fields of entries.
const (
	// Of started and resumed.
	FieldJobDir = "job_dir" // directory from which the job's relative paths start
	FieldSteps  = "steps"   // of the whole training
	FieldTerm   = "term"    // 0: trained in one process
	FieldKernel = "kernel"  // class of the kernels: what decides bits
	FieldPID    = "pid"

	FieldInARow = "in_a_row" // of checkpoint_failed: how many since the last one that was written

	FieldSince   = "since"   // of waiting, RFC 3339
	FieldSeconds = "seconds" // of waited
)

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

// LastTerm returns the term in which a run was last led, 0 if it was not or that is not known.
func LastTerm(dir string) uint64 {
	entries, err := ReadJournal(dir)
	if err != nil {
		return 0
	}
	for _, e := range slices.Backward(entries) {
		if term := number(&e, FieldTerm); term > 0 {
			return term
		}
	}
	return 0
}

// Journal appends entries to a file. Safe for several goroutines. A nil Journal drops them.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	return &Journal{file: f}, endLine(f)
}

// endLine ends a line that a killed process left half, so that the next one can be read.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte("\n"))
	return err
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
